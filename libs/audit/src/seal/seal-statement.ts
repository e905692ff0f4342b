import { linkHash } from '../record/record-hash.ts';
import { RECORD_COLUMNS } from '../record/record-columns.ts';
import type { ChainHead } from './chain-head.ts';
import { auditidOf, type SealItem } from './seal-item.ts';

/** Why a batch was not written: the ordinal of an item whose guard is stale, or the auditid of one that does not wait. */
export interface SealProblem {
  readonly kind: 'stale' | 'not-pending';
  readonly number: string;
}

/** Says that every guard is fresh; for trails without guards. */
const NO_GUARDS = 'SELECT ordinal FROM guard';

const FIXED_PARAMETERS = 9;

/**
 * The one statement of a batch: checks the guards and the waiting records, and writes records and links together, or
 * writes nothing and says what is in the way. One round trip, one transaction of its own.
 */
export function sealStatement(freshOrdinals = NO_GUARDS): string {
  const columns = RECORD_COLUMNS.map(({ name }) => name).join(', ');
  const arrays = RECORD_COLUMNS.map(({ kind }, index) => `$${FIXED_PARAMETERS + 1 + index}::${kind}[]`).join(', ');
  return `
    WITH guard AS MATERIALIZED (
           SELECT * FROM unnest($1::int[], $2::text[], $3::bigint[], $4::text[], $5::bigint[])
             AS guard (ordinal, certid, certificate_version, slot_id, slot_version)),
         fresh (ordinal) AS MATERIALIZED (${freshOrdinals}),
         problem AS MATERIALIZED (
           SELECT 'stale' AS kind, stale.ordinal::bigint AS number
             FROM (SELECT ordinal FROM guard EXCEPT SELECT ordinal FROM fresh) AS stale
           UNION ALL
           SELECT 'not-pending', gone.auditid
             FROM (SELECT unnest($6::bigint[]) AS auditid
                   EXCEPT SELECT auditid FROM audit_pending WHERE auditid = ANY ($6)) AS gone),
         recorded AS (
           INSERT INTO audit_record (${columns})
           SELECT * FROM unnest(${arrays}) WHERE NOT EXISTS (SELECT FROM problem)),
         done AS (
           DELETE FROM audit_pending WHERE auditid = ANY ($6) AND NOT EXISTS (SELECT FROM problem)),
         linked AS (
           INSERT INTO audit_chain (chain, seq, auditid, hash)
           SELECT $7::bigint, first + ordinality, auditid, hash
             FROM (SELECT $8::bigint AS first) AS head,
                  unnest($${FIXED_PARAMETERS + RECORD_COLUMNS.length + 1}::bigint[], $9::bytea[])
                    WITH ORDINALITY AS link (auditid, hash, ordinality)
            WHERE NOT EXISTS (SELECT FROM problem))
    SELECT kind, number::text AS number FROM problem`;
}

export interface PreparedBatch {
  readonly values: readonly unknown[];
  /** Of each item's link. */
  readonly hashes: readonly Uint8Array[];
  /** The head after this batch, should it be written. */
  readonly head: ChainHead;
  /** Item of each guard's ordinal. */
  readonly guarded: readonly SealItem[];
}

/** Links the items to the chain in their order and lays out the statement's parameters. */
export function prepareBatch(head: ChainHead, items: readonly SealItem[]): PreparedBatch {
  const hashes: Uint8Array[] = [];
  let previous = head.hash;
  let { seq } = head;
  for (const item of items) {
    seq += 1n;
    previous = linkHash(previous, head.chain, seq, item.row);
    hashes.push(previous);
  }
  const drafts = items.filter(({ source }) => source === 'draft');
  const committed = items.filter(({ source }) => source === 'committed');
  const guards = items.flatMap((item) => item.guards.map((guard) => ({ item, guard })));
  return {
    values: [
      guards.map((_, ordinal) => ordinal),
      guards.map(({ guard }) => guard.certid),
      guards.map(({ guard }) => guard.certificateVersion),
      guards.map(({ guard }) => guard.slotId),
      guards.map(({ guard }) => guard.slotVersion),
      committed.map(auditidOf),
      String(head.chain),
      String(head.seq),
      hashes,
      ...RECORD_COLUMNS.map(({ name }) => drafts.map(({ row }) => row[name])),
      items.map(auditidOf),
    ],
    hashes,
    head: { chain: head.chain, seq, hash: previous },
    guarded: guards.map(({ item }) => item),
  };
}
