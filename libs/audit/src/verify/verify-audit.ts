import { clientConfig, type DatabaseAddress } from '@cinnabar/persistence';
import pg from 'pg';
import { TrustedKeys } from '../checkpoint/checkpoint-signer.ts';
import { chainNumbers, chainPages, type StoredRow } from '../read/chain-pages.ts';
import { Tombstones } from '../retire/tombstones.ts';
import { isRetirement, rememberedHeads } from '../seal/chain-start.ts';
import { type AuditProblem, type AuditVerdict, Findings } from './audit-problem.ts';
import { ChainProof } from './chain-proof.ts';
import { findStrays } from './stray-records.ts';

export interface VerifyOptions {
  /** Told after each page of links. */
  readonly onProgress?: (links: number) => void;
  /** PEM of the key that must have signed what stays of removed chains; without it none of that is believed. */
  readonly publicKeyPem?: string;
}

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

async function verifySnapshot(client: pg.Client, { onProgress, publicKeyPem }: VerifyOptions): Promise<AuditVerdict> {
  const findings = new Findings();
  const keys = new TrustedKeys();
  if (publicKeyPem !== undefined) keys.add(publicKeyPem);
  const tombstones = await Tombstones.load(client, keys, findings);
  const memory = new ChainMemory(client, tombstones, findings);
  let links = 0;
  let chains = 0;
  for await (const chain of chainNumbers(client)) {
    chains += 1;
    if (tombstones.has(String(chain))) findings.add(presentThoughRemoved(chain));
    const proof = new ChainProof(chain, findings);
    for await (const page of chainPages(client, chain)) {
      for (const stored of page) {
        proof.next({
          seq: BigInt(stored.seq),
          auditid: stored.linked_auditid,
          hash: stored.hash,
          row: stored.auditid === null ? undefined : stored,
        });
        if (stored.seq === '1' || isRetirement(stored)) await memory.check(chain, stored);
      }
      links += page.length;
      onProgress?.(links);
    }
    proof.end();
  }
  const waiting = await findStrays(client, findings);
  return {
    intact: findings.count === 0,
    chains,
    removed: tombstones.count,
    links,
    waiting,
    problems: findings.problems,
    problemCount: findings.count,
  };
}

function presentThoughRemoved(chain: bigint): AuditProblem {
  const detail = `Chain ${chain} was removed under retention, and links of it are there again.`;
  return { kind: 'removed-chain-present', chain: String(chain), detail };
}

/** Looks whether the ends of other chains that a record remembers still stand, or were removed under retention. */
class ChainMemory {
  readonly #client: pg.Client;
  readonly #tombstones: Tombstones;
  readonly #findings: Findings;

  constructor(client: pg.Client, tombstones: Tombstones, findings: Findings) {
    this.#client = client;
    this.#tombstones = tombstones;
    this.#findings = findings;
  }

  /** @param record a chain's start, or a removal */
  async check(chain: bigint, record: StoredRow): Promise<void> {
    for (const head of rememberedHeads(record.data) ?? []) {
      const { rows } = await this.#client.query<{ hash: string }>(
        "SELECT encode(hash, 'hex') AS hash FROM audit_chain WHERE chain = $1 AND seq = $2",
        [head.chain, head.seq],
      );
      if (rows[0]?.hash === head.hash) continue;
      if (rows[0] === undefined && this.#tombstones.covers(head)) continue;
      const what = rows[0] === undefined ? 'which is gone' : 'which has another hash now';
      const when = record.seq === '1' ? `when chain ${chain} began` : `when it was removed (auditid ${record.auditid})`;
      this.#findings.add({
        kind: 'chain-cut',
        chain: head.chain,
        seq: head.seq,
        detail: `Chain ${head.chain} reached link ${head.seq} ${when}, ${what}.`,
      });
    }
  }
}
