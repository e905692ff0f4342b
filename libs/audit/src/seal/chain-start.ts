import type pg from 'pg';
import type { AuditDraft } from '../record/audit-draft.ts';

/** The first record of every chain. */
export const CHAIN_START = { category: 'Audit', action: 'Start' } as const;

/** The record of a chain's removal; its data names the removed head in the same form. */
export const RETIREMENT = { category: 'Audit', action: 'Retire' } as const;

export function isRetirement(row: { readonly category: string | null; readonly action: string | null }): boolean {
  return row.category === RETIREMENT.category && row.action === RETIREMENT.action;
}

/** Chains whose heads a new chain remembers: as many as fit into the record's `data`. */
const REMEMBERED_CHAINS = 40;

/** The last link of another chain as a new chain found it. */
export interface RememberedHead {
  readonly chain: string;
  readonly seq: string;
  /** Hex. */
  readonly hash: string;
}

/**
 * The record that begins a chain. Its data names the heads of the chains before it, so that cutting links off their
 * ends, or removing one of them whole, does not go unseen by whoever holds this chain.
 * @param former the chain that the same process wrote until now
 */
export async function chainStart(client: pg.Client, chain: bigint, former?: bigint): Promise<AuditDraft> {
  const { rows } = await client.query<RememberedHead>(
    `WITH RECURSIVE chains (chain) AS (
       SELECT max(chain) FROM audit_chain WHERE chain <> $1
       UNION ALL
       SELECT (SELECT max(chain) FROM audit_chain WHERE audit_chain.chain < chains.chain AND audit_chain.chain <> $1)
         FROM chains WHERE chain IS NOT NULL)
     SELECT chains.chain::text, head.seq::text, encode(head.hash, 'hex') AS hash
       FROM (SELECT chain FROM chains WHERE chain IS NOT NULL LIMIT ${REMEMBERED_CHAINS}) AS chains,
            LATERAL (SELECT seq, hash FROM audit_chain WHERE chain = chains.chain ORDER BY seq DESC LIMIT 1) AS head`,
    [String(chain)],
  );
  return {
    ...CHAIN_START,
    success: true,
    info: `audit chain ${chain} begins${former === undefined ? '' : `; its process goes on from chain ${former}`}`,
    data: rows.map(({ chain: other, seq, hash }) => `${other}:${seq}:${hash}`).join(' '),
  };
}

/** What `chainStart` wrote into `data`; undefined where it is not of that form. */
export function rememberedHeads(text: string | null): readonly RememberedHead[] | undefined {
  if (text === null || text === '') return [];
  const heads = text.split(' ').map((part) => /^(\d+):(\d+):([0-9a-f]{64})$/.exec(part));
  const parsed = heads.map((match) => ({ chain: match?.[1], seq: match?.[2], hash: match?.[3] }));
  return parsed.every(isRemembered) ? parsed : undefined;
}

function isRemembered(head: { [Key in keyof RememberedHead]: string | undefined }): head is RememberedHead {
  return head.chain !== undefined && head.seq !== undefined && head.hash !== undefined;
}
