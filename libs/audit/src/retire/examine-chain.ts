import type pg from 'pg';
import type { TrustedKeys } from '../checkpoint/checkpoint-signer.ts';
import { readCheckpoint } from '../checkpoint/checkpoint.ts';
import type { ProvedExport } from '../export/verify-export.ts';
import { chainPages } from '../read/chain-pages.ts';
import { Findings } from '../verify/audit-problem.ts';
import { ChainProof } from '../verify/chain-proof.ts';

/** What keeps a chain from being removed. */
export type RetirementObstacle =
  /** Its process lives, or could still link records into it. */
  | 'open'
  /** Records of its process wait for their link. */
  | 'waiting'
  | 'not-whole'
  | 'too-young'
  | 'not-exported'
  | 'not-covered';

/** A chain as it stands in the database. */
export interface Examined {
  readonly chain: string;
  readonly records: number;
  readonly lastSeq: string;
  /** Of the last link, hex. */
  readonly hash: string;
  /** ISO 8601, UTC: the newest record. */
  readonly newestAt: string;
  /** Number of a signed checkpoint that covers the last link. */
  readonly checkpoint: number | undefined;
  readonly exportSha256: string | undefined;
  /** None: it may be removed. */
  readonly obstacles: readonly { readonly kind: RetirementObstacle; readonly detail: string }[];
}

export interface Examination {
  /** Nobody holds the chain's lock but we. */
  readonly isClosed: boolean;
  readonly olderThan: Date;
  readonly exported: ProvedExport | undefined;
  readonly keys: TrustedKeys;
}

/** Recomputes the chain and checks every condition; none is taken on trust from an earlier look. */
export async function examineChain(client: pg.Client, chain: bigint, examination: Examination): Promise<Examined> {
  const { isClosed, olderThan, exported, keys } = examination;
  const obstacles: { kind: RetirementObstacle; detail: string }[] = [];
  const obstacle = (kind: RetirementObstacle, detail: string): void => void obstacles.push({ kind, detail });

  if (!isClosed) obstacle('open', 'its process is still running');
  const { rows: pending } = await client.query('SELECT FROM audit_pending WHERE process = $1 LIMIT 1', [String(chain)]);
  if (pending.length > 0) obstacle('waiting', 'records of its process wait for their link: start keyman once');

  const findings = new Findings();
  const proof = new ChainProof(chain, findings);
  let last = { seq: '0', hash: '' };
  let newestAt = '';
  let records = 0;
  for await (const page of chainPages(client, chain)) {
    for (const stored of page) {
      const row = stored.auditid === null ? undefined : stored;
      proof.next({ seq: BigInt(stored.seq), auditid: stored.linked_auditid, hash: stored.hash, row });
      last = { seq: stored.seq, hash: stored.hash.toString('hex') };
      // Texts of one form in UTC: their order is that of time.
      if ((row?.recorded_at ?? '') > newestAt) newestAt = row?.recorded_at ?? '';
      records += 1;
    }
  }
  proof.end();
  const [first] = findings.problems;
  if (first !== undefined) obstacle('not-whole', first.detail);
  if (records === 0) obstacle('not-whole', 'there is no such chain');
  if (newestAt >= olderThan.toISOString()) {
    obstacle(
      'too-young',
      `its newest record is of ${newestAt}, and what is younger than ${olderThan.toISOString()} is kept`,
    );
  }

  const isExported = exported?.unbroken === true && exported.last === last.seq && exported.hash === last.hash;
  if (!isExported) {
    obstacle(
      'not-exported',
      exported === undefined ? 'no export that was given holds it' : 'the export does not hold it whole',
    );
  }
  const checkpoint = await coveringCheckpoint(client, String(chain), last, keys);
  if (checkpoint === undefined) {
    obstacle('not-covered', `no checkpoint of the audit key covers its last link, ${last.seq}`);
  }
  return {
    chain: String(chain),
    records,
    lastSeq: last.seq,
    hash: last.hash,
    newestAt,
    checkpoint,
    exportSha256: isExported ? exported.sha256 : undefined,
    obstacles,
  };
}

/** A checkpoint, signed by a trusted key, that names exactly this head. */
async function coveringCheckpoint(
  client: pg.Client,
  chain: string,
  { seq, hash }: { readonly seq: string; readonly hash: string },
  keys: TrustedKeys,
): Promise<number | undefined> {
  const { rows } = await client.query<{ line: string }>(
    'SELECT line FROM audit_checkpoint WHERE position($1 IN line) > 0 ORDER BY number',
    [`"hash":"${hash}"`],
  );
  for (const { line } of rows) {
    const read = readCheckpoint(line);
    if (read === undefined || !keys.vouchesFor(read.checkpoint.keyId, read.signedBytes, read.signature)) continue;
    const names = read.checkpoint.heads.some((head) => head.chain === chain && head.seq === seq && head.hash === hash);
    if (names) return read.checkpoint.number;
  }
  return undefined;
}
