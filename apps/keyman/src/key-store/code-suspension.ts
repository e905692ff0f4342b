import type { SqlRunner } from '@cinnabar/persistence';

/**
 * Suspends the codes of a user's certificates and withdraws those under way: from the commit on none is made and none
 * signs, until he confirms his address with the PIN. A signature under way with one is not released, since its slot is
 * looked at again when its record is sealed.
 */
export async function suspendCodes(transaction: SqlRunner, holder: string, now: Date): Promise<void> {
  await transaction.query(
    "UPDATE key_slot SET suspended_at = coalesce(suspended_at, $2) WHERE holder = $1 AND kind = 'code'",
    [holder, now],
  );
  await transaction.query(
    "DELETE FROM one_time_code WHERE slot_id IN (SELECT slot_id FROM key_slot WHERE holder = $1 AND kind = 'code')",
    [holder],
  );
}
