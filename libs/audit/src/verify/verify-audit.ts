import { clientConfig, type DatabaseAddress } from '@cinnabar/persistence';
import pg from 'pg';
import { type AuditRow, selectCanonical } from '../record/record-columns.ts';
import { rememberedHeads } from '../seal/chain-start.ts';
import { type AuditVerdict, Findings } from './audit-problem.ts';
import { ChainProof } from './chain-proof.ts';
import { findStrays } from './stray-records.ts';

export interface VerifyOptions {
  /** Told after each page of links. */
  readonly onProgress?: (links: number) => void;
}

const PAGE = 2_000;

/** Of PostgreSQL's bigint: where a search begins that must not overlook a forged number. */
const SMALLEST = -(2n ** 63n);

/**
 * Proves every chain, or names what is wrong, the first bad record first. Reads one snapshot, so that a server may go on
 * meanwhile, and a page at a time, so that memory does not grow with the audit.
 * @param address any role that may read the audit tables
 */
export async function verifyAudit(address: DatabaseAddress, options: VerifyOptions = {}): Promise<AuditVerdict> {
  const client = new pg.Client(clientConfig(address, { applicationName: 'cinnabar audit-verify' }));
  client.on('error', () => undefined); // A lost connection rejects the query that needs it.
  await client.connect();
  try {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return await verifySnapshot(client, options);
  } finally {
    await client.end();
  }
}

async function verifySnapshot(client: pg.Client, { onProgress }: VerifyOptions): Promise<AuditVerdict> {
  const findings = new Findings();
  let links = 0;
  let chains = 0;
  for await (const chain of chainNumbers(client)) {
    chains += 1;
    const proof = new ChainProof(chain, findings);
    for await (const page of chainPages(client, chain)) {
      for (const stored of page) {
        proof.next({
          seq: BigInt(stored.seq),
          auditid: stored.linked_auditid,
          hash: stored.hash,
          row: stored.auditid === null ? undefined : stored,
        });
      }
      links += page.length;
      onProgress?.(links);
    }
    proof.end();
    await checkMemory(client, chain, findings);
  }
  const waiting = await findStrays(client, findings);
  return {
    intact: findings.count === 0,
    chains,
    links,
    waiting,
    problems: findings.problems,
    problemCount: findings.count,
  };
}

async function* chainNumbers(client: pg.Client): AsyncGenerator<bigint> {
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

type StoredRow = AuditRow & { readonly seq: string; readonly linked_auditid: string; readonly hash: Buffer };

/** Pages are ranges of seq, so that two rows for one place cannot fall between two pages. */
async function* chainPages(client: pg.Client, chain: bigint): AsyncGenerator<readonly StoredRow[]> {
  for (let from = await seqAtOrAfter(client, chain, SMALLEST); from !== undefined;) {
    const next = from + BigInt(PAGE);
    const { rows } = await client.query<StoredRow>({
      name: 'audit-verify-page',
      text: `SELECT link.seq::text, link.auditid::text AS linked_auditid, link.hash, ${selectCanonical('record')}
               FROM audit_chain AS link LEFT JOIN audit_record AS record ON record.auditid = link.auditid
              WHERE link.chain = $1 AND link.seq >= $2 AND link.seq < $3
              ORDER BY link.seq`,
      values: [String(chain), String(from), String(next)],
    });
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

/** Are the ends of other chains, as this chain's start record remembers them, still there and the same? */
async function checkMemory(client: pg.Client, chain: bigint, findings: Findings): Promise<void> {
  const { rows: starts } = await client.query<{ data: string | null }>(
    `SELECT record.data FROM audit_chain AS link JOIN audit_record AS record USING (auditid)
      WHERE link.chain = $1 AND link.seq = 1`,
    [String(chain)],
  );
  for (const head of rememberedHeads(starts[0]?.data ?? null) ?? []) {
    const { rows } = await client.query<{ hash: string }>(
      "SELECT encode(hash, 'hex') AS hash FROM audit_chain WHERE chain = $1 AND seq = $2",
      [head.chain, head.seq],
    );
    if (rows[0]?.hash === head.hash) continue;
    const what = rows[0] === undefined ? 'which is gone' : 'which has another hash now';
    findings.add({
      kind: 'chain-cut',
      chain: head.chain,
      seq: head.seq,
      detail: `Chain ${head.chain} reached link ${head.seq} when chain ${chain} began, ${what}.`,
    });
  }
}
