import { CodedError } from '@cinnabar/core';
import type { ThreadFailureRecord } from '../threads/thread.ts';
import { ckrOf } from './cryptoki.ts';

/** An error as text and number only. A CodedError's sentence is ours and carries no secret, as is the CKR name. */
export function failureOf(error: unknown): ThreadFailureRecord {
  const inner = CodedError.is(error) ? error.cause : error;
  const code = ckrOf(inner);
  const name = inner instanceof Error ? inner.message : '';
  const message = CodedError.is(error) ? [error.message, name].filter(Boolean).join(': ') : name;
  return code === undefined ? { message } : { message, code };
}
