import type { CodedError } from '@cinnabar/core';
import { KEYMAN_ERRORS, type ErrorObject } from './error-codes.ts';

/**
 * Words an error for callers. `invalid-parameter` details are `member: why`, and come out as `Invalid parameter (member): why`;
 * an internal error shows nothing but the id under which the log has it.
 */
export function toErrorObject(error: CodedError, traceId: string): ErrorObject {
  const { code } = KEYMAN_ERRORS[error.code];
  return { code, message: messageOf(error, traceId) };
}

function messageOf(error: CodedError, traceId: string): string {
  const detail = error.publicDetail;
  if (error.code === 'internal') return `Internal error (${traceId})`;
  if (error.code === 'insufficient-parameters') return `Insufficient parameters (${detail})`;
  if (error.code !== 'invalid-parameter') return detail.charAt(0).toUpperCase() + detail.slice(1);
  const colon = detail.indexOf(': ');
  return colon < 0
    ? `Invalid parameter (${detail})`
    : `Invalid parameter (${detail.slice(0, colon)})${detail.slice(colon)}`;
}
