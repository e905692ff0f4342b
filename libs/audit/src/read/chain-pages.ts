import type pg from 'pg';
import { type AuditRow, selectCanonical } from '../record/record-columns.ts';

/** A link with its record, as both are stored; the record's columns are null where the record is gone. */
export type StoredRow = AuditRow & { readonly seq: string; readonly linked_auditid: string; readonly hash: Buffer };

/** A condition on `record`, with its values from `$4` on. */
export interface RecordCondition {
  readonly text: string;
  readonly values: readonly unknown[];
}

const PAGE = 2_000;
const ALL: RecordCondition = { text: 'true', values: [] };

/** Of PostgreSQL's bigint: where a search begins that must not overlook a forged number. */
const SMALLEST = -(2n ** 63n);

/** The numbers of all chains, ascending; one index look-up for each. */
export async function* chainNumbers(client: pg.Client): AsyncGenerator<bigint> {
  for (let after = SMALLEST; ;) {
    const { rows } = await client.query<{ chain: string | null }>(
      'SELECT min(chain)::text AS chain FROM audit_chain WHERE chain > $1',
      [String(after)],
    );
    const chain = rows[0]?.chain ?? null;
    if (chain === null) return;
    after = BigInt(chain);
    yield after;
  }
}

/**
 * A chain's links in order of seq, a page at a time, so that memory does not grow with the chain. Pages are ranges of
 * seq, so that two rows for one place cannot fall between two pages.
 */
export async function* chainPages(
  client: pg.Client,
  chain: bigint,
  condition: RecordCondition = ALL,
): AsyncGenerator<readonly StoredRow[]> {
  for (let from = await seqAtOrAfter(client, chain, SMALLEST); from !== undefined;) {
    const next = from + BigInt(PAGE);
    const { rows } = await client.query<StoredRow>(
      `SELECT link.seq::text, link.auditid::text AS linked_auditid, link.hash, ${selectCanonical('record')}
         FROM audit_chain AS link LEFT JOIN audit_record AS record ON record.auditid = link.auditid
        WHERE link.chain = $1 AND link.seq >= $2 AND link.seq < $3 AND ${condition.text}
        ORDER BY link.seq`,
      [String(chain), String(from), String(next), ...condition.values],
    );
    yield rows;
    from = await seqAtOrAfter(client, chain, next);
  }
}

async function seqAtOrAfter(client: pg.Client, chain: bigint, seq: bigint): Promise<bigint | undefined> {
  const { rows } = await client.query<{ seq: string | null }>(
    'SELECT min(seq)::text AS seq FROM audit_chain WHERE chain = $1 AND seq >= $2',
    [String(chain), String(seq)],
  );
  const found = rows[0]?.seq ?? null;
  return found === null ? undefined : BigInt(found);
}
