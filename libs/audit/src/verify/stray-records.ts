import type pg from 'pg';
import type { Findings } from './audit-problem.ts';

const PAGE = 1_000;

interface Stray {
  readonly auditid: string;
  readonly process: string;
  readonly waits: boolean;
}

/**
 * Records outside of every chain: those that wait for their link are counted; the others, and what is there twice, are
 * problems.
 * @returns how many wait
 */
export async function findStrays(client: pg.Client, findings: Findings): Promise<number> {
  let waiting = 0;
  for (let after = '-9223372036854775808'; ;) {
    const { rows } = await client.query<Stray>(
      `SELECT record.auditid::text, record.process::text, pending.auditid IS NOT NULL AS waits
         FROM audit_record AS record
         LEFT JOIN audit_chain AS link ON link.auditid = record.auditid
         LEFT JOIN audit_pending AS pending ON pending.auditid = record.auditid
        WHERE link.auditid IS NULL AND record.auditid > $1
        ORDER BY record.auditid LIMIT ${PAGE}`,
      [after],
    );
    for (const { auditid, process, waits } of rows) {
      if (waits) waiting += 1;
      else {
        const detail = `Record ${auditid}, written by the process of chain ${process}, stands in no chain.`;
        findings.add({ kind: 'record-unlinked', auditid, detail });
      }
    }
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last.auditid;
  }
  await findPendingWithoutRecord(client, findings);
  await findDuplicates(client, findings);
  return waiting;
}

async function findPendingWithoutRecord(client: pg.Client, findings: Findings): Promise<void> {
  const { rows } = await client.query<{ auditid: string }>(
    `SELECT auditid::text FROM audit_pending
      WHERE NOT EXISTS (SELECT FROM audit_record WHERE audit_record.auditid = audit_pending.auditid)
      ORDER BY audit_pending.auditid LIMIT ${PAGE}`,
  );
  for (const { auditid } of rows) {
    findings.add({
      kind: 'pending-without-record',
      auditid,
      detail: `Record ${auditid} waits for its link and is gone.`,
    });
  }
}

/** The constraints forbid it; whoever owns the tables could have dropped them. */
async function findDuplicates(client: pg.Client, findings: Findings): Promise<void> {
  for (const [table, what] of [
    ['audit_record', 'is there more than once'],
    ['audit_chain', 'is linked more than once'],
  ] as const) {
    const { rows } = await client.query<{ auditid: string }>(
      `SELECT auditid::text FROM ${table} GROUP BY ${table}.auditid HAVING count(*) > 1
        ORDER BY ${table}.auditid LIMIT ${PAGE}`,
    );
    for (const { auditid } of rows) {
      findings.add({ kind: 'duplicated', auditid, detail: `Record ${auditid} ${what}.` });
    }
  }
}
