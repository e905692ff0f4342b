import type pg from 'pg';

/** "AUDT": the class of the advisory locks that say which process is alive. */
const CHAIN_LOCKS = 0x41_55_44_54;

/** The second half of a lock's key has 32 bits; chain numbers count processes and stay far below. */
function lockKey(chain: bigint): number {
  return Number(BigInt.asIntN(32, chain));
}

export async function tryChainLock(client: pg.Client, chain: bigint): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS held', [
    CHAIN_LOCKS,
    lockKey(chain),
  ]);
  return rows[0]?.held === true;
}

export async function releaseChainLock(client: pg.Client, chain: bigint): Promise<void> {
  await client.query('SELECT pg_advisory_unlock($1, $2)', [CHAIN_LOCKS, lockKey(chain)]);
}

export async function backendPid(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}

/**
 * Ends our own former connection if it still holds the lock: the server may not have noticed yet that it broke. A role
 * may end its own connections. Another holder (a process that seals what we left, thinking us dead) is left in peace.
 */
export async function endFormerHolder(client: pg.Client, chain: bigint, formerPid: number): Promise<void> {
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks
      WHERE locktype = 'advisory' AND classid = $1 AND objid::bigint = $2 AND granted AND pid = $3
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    [CHAIN_LOCKS, BigInt.asUintN(32, chain).toString(), formerPid],
  );
}
