import { CodedError } from '@cinnabar/core';

const UNIQUE_VIOLATION = '23505';

/** Constraint names as the migrations give them, and what they mean to a caller. */
const MEANINGS: Readonly<Record<string, string>> = {
  keyman_user_pkey: 'there is a user with this userid already',
  keyman_user_userid_any_case: 'there is a user with this userid already',
  keyman_user_ident: 'there is a user with this identifier already',
  certificate_once_per_user: 'this user has this certificate already',
};

/** A breach of uniqueness as `already-exists`; anything else as it came. */
export function uniqueViolationOf(error: unknown): unknown {
  const { code, constraint } = databaseErrorOf(error);
  const meaning = code === UNIQUE_VIOLATION && constraint !== undefined ? MEANINGS[constraint] : undefined;
  return meaning === undefined ? error : new CodedError('already-exists', meaning, { cause: error });
}

function databaseErrorOf(error: unknown): { code?: string; constraint?: string } {
  const driverError = error instanceof Error && 'driverError' in error ? error.driverError : error;
  return typeof driverError === 'object' && driverError !== null ? driverError : {};
}
