import type { SqlRunner } from '@cinnabar/persistence';

/** The channel (PostgreSQL, LISTEN) over which nodes are told that root keys were made or destroyed. */
export const ROOT_KEYS_CHANNEL = 'cinnabar_root_keys';

/** Tells all nodes, at the transaction's commit, to look at the token's root keys anew. */
export async function announceRootKeys(transaction: SqlRunner): Promise<void> {
  await transaction.query('SELECT pg_notify($1, $2)', [ROOT_KEYS_CHANNEL, '']);
}
