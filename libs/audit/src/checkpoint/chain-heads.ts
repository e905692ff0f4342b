import type { SqlRunner } from '@cinnabar/persistence';
import type { RememberedHead } from '../seal/chain-start.ts';

export type { RememberedHead };

/** Chains that are looked at, the newest first. Older ones ended long before this process and were covered then. */
const CHAINS = 640;

/** The last link of each of the newest chains; one index look-up for each. */
export async function chainHeads(server: SqlRunner): Promise<readonly RememberedHead[]> {
  return (await server.query(
    `WITH RECURSIVE chains (chain) AS (
       SELECT max(chain) FROM audit_chain
       UNION ALL
       SELECT (SELECT max(chain) FROM audit_chain WHERE audit_chain.chain < chains.chain)
         FROM chains WHERE chain IS NOT NULL)
     SELECT chains.chain::text, head.seq::text, encode(head.hash, 'hex') AS hash
       FROM (SELECT chain FROM chains WHERE chain IS NOT NULL LIMIT ${CHAINS}) AS chains,
            LATERAL (SELECT seq, hash FROM audit_chain WHERE chain = chains.chain ORDER BY seq DESC LIMIT 1) AS head`,
  )) as readonly RememberedHead[];
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isRememberedHead(value: unknown): value is RememberedHead {
  if (!isRecord(value)) return false;
  const { chain, seq, hash } = value as Partial<Record<keyof RememberedHead, unknown>>;
  const isNumber = (text: unknown): boolean => typeof text === 'string' && /^\d{1,18}$/.test(text);
  return isNumber(chain) && isNumber(seq) && typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash);
}
