import { CodedError } from '@cinnabar/core';
import { isUniqueViolation } from '@cinnabar/persistence';

/** Constraint names as the migrations give them, and what they mean to a caller. */
const MEANINGS: Readonly<Record<string, string>> = {
  keyman_user_pkey: 'there is a user with this userid already',
  keyman_user_userid_any_case: 'there is a user with this userid already',
  keyman_user_ident: 'there is a user with this identifier already',
  certificate_once_per_user: 'this user has this certificate already',
};

/** A breach of uniqueness as `already-exists`; anything else as it came. */
export function uniqueViolationOf(error: unknown): unknown {
  const found = Object.entries(MEANINGS).find(([constraint]) => isUniqueViolation(error, constraint));
  return found === undefined ? error : new CodedError('already-exists', found[1], { cause: error });
}
