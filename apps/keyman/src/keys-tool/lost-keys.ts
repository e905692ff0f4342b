import { CodedError } from '@cinnabar/core';
import type { SqlRunner } from '@cinnabar/persistence';
import { KEY_CHANGES_CHANNEL } from '../key-store/key-changes.ts';

/** Who consented must still be an admin when it is done. */
const STILL_ADMINS = `
  SELECT count(*)::int AS count FROM keyman_user
   WHERE userid = ANY($1) AND NOT disabled AND (admin OR superadmin)`;

/**
 * Disables the certificates whose keys go with a KEK: their owners hear that they cannot be used, not of an inner error,
 * and keys that are unlocked anywhere are forgotten, so that all end at once.
 * @throws CodedError `not-authorised` where one of those who consented no longer could
 */
export async function abandonKeysUnder(
  transaction: SqlRunner,
  kekVersion: number,
  people: readonly string[],
): Promise<void> {
  const rows = (await transaction.query(STILL_ADMINS, [people])) as { count: number }[];
  if (rows[0]?.count !== people.length) throw new CodedError('not-authorised', 'who consented is no longer an admin');
  // In an admin's name: an owner may enable what he disabled himself.
  await transaction.query(
    'UPDATE certificate SET disabled = true, disabled_by = $2, version = version + 1 WHERE kek_version = $1',
    [kekVersion, people[0]],
  );
  // Names no certificate, which every node takes for all of them.
  await transaction.query('SELECT pg_notify($1, $2)', [KEY_CHANGES_CHANNEL, '']);
}
