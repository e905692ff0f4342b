import { linkHash } from '../record/record-hash.ts';
import { RECORD_COLUMNS } from '../record/record-columns.ts';
import type { ChainHead } from './chain-head.ts';
import { distinctGuards } from './distinct-guards.ts';
import type { GuardCheck } from './key-guard.ts';
import { auditidOf, type SealItem, type StaleGuard } from './seal-item.ts';

/** Why a batch was not written: the ordinal of a guard that does not hold, or the auditid of a record that does not wait. */
export interface SealProblem {
  readonly kind: StaleGuard | 'not-pending';
  readonly number: string;
}

/** Says that every guard is fresh; for trails without guards. */
const NO_GUARDS = 'SELECT ordinal FROM guard';

const FIXED_PARAMETERS = 14;

/**
 * The one statement of a batch: checks the guards and the waiting records, and writes records and links together, or
 * writes nothing and says what is in the way. One round trip, one transaction of its own.
 */
export function sealStatement(check?: GuardCheck): string {
  const columns = RECORD_COLUMNS.map(({ name }) => name).join(', ');
  const arrays = RECORD_COLUMNS.map(({ kind }, index) => `$${FIXED_PARAMETERS + 1 + index}::${kind}[]`).join(', ');
  // Sessions and their users come first, in the order in which whoever disables a user takes them.
  return `
    WITH problem AS MATERIALIZED (
           ${staleOrdinals(
             'session-ended',
             `guard AS MATERIALIZED (
                SELECT * FROM unnest($8::int[], $9::bytea[], $10::text[]) AS guard (ordinal, token_hash, standing))`,
             check?.sessions.freshOrdinals,
           )}
           UNION ALL
           ${staleOrdinals(
             'stale',
             `guard AS MATERIALIZED (
                SELECT * FROM unnest($1::int[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[])
                  AS guard (ordinal, certid, certificate_version, slot_id, slot_version, certificate_standing, slot_standing))`,
             check?.keys.freshOrdinals,
           )}
           UNION ALL
           SELECT 'not-pending', gone.auditid
             FROM (SELECT unnest($11::bigint[]) AS auditid
                   EXCEPT SELECT auditid FROM audit_pending WHERE auditid = ANY ($11)) AS gone),
         recorded AS (
           INSERT INTO audit_record (${columns})
           SELECT * FROM unnest(${arrays}) WHERE NOT EXISTS (SELECT FROM problem)),
         done AS (
           DELETE FROM audit_pending WHERE auditid = ANY ($11) AND NOT EXISTS (SELECT FROM problem)),
         linked AS (
           INSERT INTO audit_chain (chain, seq, auditid, hash)
           SELECT $12::bigint, first + ordinality, auditid, hash
             FROM (SELECT $13::bigint AS first) AS head,
                  unnest($${FIXED_PARAMETERS + RECORD_COLUMNS.length + 1}::bigint[], $14::bytea[])
                    WITH ORDINALITY AS link (auditid, hash, ordinality)
            WHERE NOT EXISTS (SELECT FROM problem))
    SELECT kind, number::text AS number FROM problem`;
}

function staleOrdinals(kind: StaleGuard, guard: string, freshOrdinals = NO_GUARDS): string {
  return `SELECT * FROM (
             WITH ${guard}, fresh (ordinal) AS MATERIALIZED (${freshOrdinals})
             SELECT '${kind}' AS kind, stale.ordinal::bigint AS number
               FROM (SELECT ordinal FROM guard EXCEPT SELECT ordinal FROM fresh) AS stale) AS stale`;
}

export interface PreparedBatch {
  readonly values: readonly unknown[];
  /** Of each item's link. */
  readonly hashes: readonly Uint8Array[];
  /** The head after this batch, should it be written. */
  readonly head: ChainHead;
  /** By the ordinal of a guard, the items that brought it. */
  readonly keyGuarded: readonly (readonly SealItem[])[];
  readonly sessionGuarded: readonly (readonly SealItem[])[];
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
  const keys = distinctGuards(items, ({ guards }) => guards.keys ?? []);
  const sessions = distinctGuards(items, ({ guards: { session } }) => (session === undefined ? [] : [session]));
  return {
    values: [
      [...keys.guards.keys()],
      keys.guards.map(({ certid }) => certid),
      keys.guards.map(({ certificateVersion }) => certificateVersion),
      keys.guards.map(({ slotId }) => slotId),
      keys.guards.map(({ slotVersion }) => slotVersion),
      keys.guards.map(({ certificateStanding }) => certificateStanding ?? null),
      keys.guards.map(({ slotStanding }) => slotStanding ?? null),
      [...sessions.guards.keys()],
      sessions.guards.map(({ tokenHash }) => tokenHash),
      sessions.guards.map(({ standing }) => standing),
      committed.map(auditidOf),
      String(head.chain),
      String(head.seq),
      hashes,
      ...RECORD_COLUMNS.map(({ name }) => drafts.map(({ row }) => row[name])),
      items.map(auditidOf),
    ],
    hashes,
    head: { chain: head.chain, seq, hash: previous },
    keyGuarded: keys.itemsOf,
    sessionGuarded: sessions.itemsOf,
  };
}
