import { SettingsProblem } from '@cinnabar/config';
import { CodedError } from '@cinnabar/core';
import { sqlStateOf } from '@cinnabar/persistence';

/** Why a tool of the audit could not do its work: a sentence for the operator. */
export function toolFailure(error: unknown): string {
  if (error instanceof SettingsProblem || CodedError.is(error)) return error.message;
  if (sqlStateOf(error) === '42P01') return 'The database lacks tables of the audit: start this keyman on it once.';
  return error instanceof Error ? error.message : String(error);
}
