import type { SqlRunner } from '@cinnabar/persistence';

/**
 * Gives back the tries of a certificate's PINs, in a row and of the day: the owner's and the delegates', and
 * those of an activation code, which nobody guesses. One-time codes keep their count, which is what bounds guessing at
 * them, and a suspended slot stays suspended.
 */
export async function resetTries(transaction: SqlRunner, certid: string): Promise<void> {
  await transaction.query(
    "UPDATE key_slot SET tries_in_row = 0, tries_today = 0 WHERE certid = $1 AND kind IN ('pin', 'delegate', 'activation')",
    [certid],
  );
}
