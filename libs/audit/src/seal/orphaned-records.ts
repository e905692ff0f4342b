import { type AuditRow, selectCanonical } from '../record/record-columns.ts';
import type { SealConnection } from './seal-connection.ts';

const PAGE = 500;

/**
 * Records that were committed together with their change by a process that ended before it could link them. They are
 * handed to `seal` for this process's chain, a page at a time; processes that still live keep theirs.
 * @returns how many there were
 */
export async function sealOrphanedRecords(
  connection: SealConnection,
  seal: (row: AuditRow) => Promise<unknown>,
): Promise<number> {
  const client = await connection.open();
  const { rows: processes } = await client.query<{ process: string }>(
    'SELECT DISTINCT process::text FROM audit_pending WHERE process <> $1',
    [String(connection.chain)],
  );
  let count = 0;
  for (const { process } of processes) {
    count += (await connection.asHeirOf(BigInt(process), () => sealAllOf(connection, process, seal))) ?? 0;
  }
  return count;
}

async function sealAllOf(
  connection: SealConnection,
  process: string,
  seal: (row: AuditRow) => Promise<unknown>,
): Promise<number> {
  for (let count = 0; ;) {
    const client = await connection.open();
    const { rows } = await client.query<Record<string, string | null>>(
      `SELECT ${selectCanonical('audit_record')} FROM audit_pending JOIN audit_record USING (auditid)
        WHERE audit_pending.process = $1
          AND NOT EXISTS (SELECT FROM audit_chain WHERE audit_chain.auditid = audit_record.auditid)
        ORDER BY audit_record.auditid LIMIT ${PAGE}`,
      [process],
    );
    if (rows.length === 0) return count;
    await Promise.all(rows.map((row) => seal(row as AuditRow)));
    count += rows.length;
  }
}
