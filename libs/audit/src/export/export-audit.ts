import { createHash } from 'node:crypto';
import type { Clock } from '@cinnabar/core';
import { clientConfig, type DatabaseAddress } from '@cinnabar/persistence';
import pg from 'pg';
import { type CheckpointSigner, keyIdOf, publicKeyPem } from '../checkpoint/checkpoint-signer.ts';
import { readCheckpoint } from '../checkpoint/checkpoint.ts';
import { signedLine } from '../checkpoint/signed-line.ts';
import { chainNumbers, chainPages, type RecordCondition, type StoredRow } from '../read/chain-pages.ts';
import { type CheckpointReference, type ExportRange, footerJson, headerLine, linkLine } from './export-lines.ts';

/** So much text is gathered before it is written. */
const CHUNK_LENGTH = 64 * 1024;

export interface ExportOptions {
  /** Any role that may read the audit tables. */
  readonly address: DatabaseAddress;
  readonly clock: Clock;
  readonly signer: CheckpointSigner;
  readonly range: ExportRange;
  /** A chain to leave out: the exporter's own, which is still being written. */
  readonly ownChain?: number;
  /** Takes text in order; the next piece comes when it has resolved. */
  readonly write: (text: string) => Promise<void>;
  /** Told when all records are written and before the file is made valid by its footer: the place to record the export. */
  readonly onComplete?: (extent: ExportExtent) => Promise<void>;
  /** Told after each page. */
  readonly onProgress?: (records: number) => void;
}

export interface ExportExtent {
  readonly records: number;
  readonly chains: number;
  /** SHA-256 over header and records, hex: what the footer signs. */
  readonly sha256: string;
}

/**
 * Writes the records of a range as JSON lines, chain by chain in order of seq, between a header and a footer that the
 * audit key signed. Reads one snapshot, a page at a time, so that a server may go on meanwhile and memory does not grow.
 * Records that wait for their link are not part of it.
 */
export async function exportAudit(options: ExportOptions): Promise<ExportExtent> {
  const client = new pg.Client(clientConfig(options.address, { applicationName: 'cinnabar audit-export' }));
  client.on('error', () => undefined); // A lost connection rejects the query that needs it.
  await client.connect();
  try {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return await exportSnapshot(client, options);
  } finally {
    await client.end();
  }
}

async function exportSnapshot(client: pg.Client, options: ExportOptions): Promise<ExportExtent> {
  const { clock, signer, range, ownChain, onComplete, onProgress } = options;
  const lines = new HashedLines(options.write);
  const keyId = keyIdOf(signer.publicKeySpkiDer);
  await lines.add(
    headerLine({
      exportedAt: clock.now().toISOString(),
      range,
      checkpoint: await newestCheckpoint(client),
      keyId,
      publicKey: publicKeyPem(signer.publicKeySpkiDer),
    }),
  );
  let records = 0;
  let chains = 0;
  for await (const chain of range.chain === null ? chainNumbers(client) : [BigInt(range.chain)]) {
    if (chain === BigInt(ownChain ?? 0)) continue;
    let last: StoredRow | undefined;
    for await (const page of chainPages(client, chain, conditionOf(range))) {
      for (const row of page) {
        await lines.add(await lineOf(client, chain, row, last));
        if (last === undefined) chains += 1;
        last = row;
        records += 1;
      }
      onProgress?.(records);
    }
  }
  const extent = { records, chains, sha256: await lines.end() };
  await onComplete?.(extent);
  const json = footerJson({ count: records, sha256: extent.sha256, closedAt: clock.now().toISOString(), keyId });
  await options.write(`${signedLine('footer', json, await signer.sign(Buffer.from(json)))}\n`);
  return extent;
}

/** A link whose predecessor is not in the file brings that one's hash along, so that every line can be recomputed. */
async function lineOf(client: pg.Client, chain: bigint, row: StoredRow, last: StoredRow | undefined): Promise<string> {
  const before = BigInt(row.seq) - 1n;
  const follows = before === 0n || (last !== undefined && BigInt(last.seq) === before);
  const previous = follows ? undefined : await hashAt(client, chain, before);
  return linkLine({
    chain: String(chain),
    seq: row.seq,
    hash: row.hash.toString('hex'),
    ...(previous === undefined ? {} : { previous }),
    record: row.auditid === null ? null : row,
  });
}

async function hashAt(client: pg.Client, chain: bigint, seq: bigint): Promise<string | undefined> {
  const { rows } = await client.query<{ hash: string }>({
    name: 'audit-export-hash',
    text: "SELECT encode(hash, 'hex') AS hash FROM audit_chain WHERE chain = $1 AND seq = $2",
    values: [String(chain), String(seq)],
  });
  return rows[0]?.hash;
}

/** Without a bound, links whose record is gone are exported too, as what they are. */
function conditionOf({ from, before, orga }: ExportRange): RecordCondition {
  const values: unknown[] = [];
  const parts = ['true'];
  // The statement has three parameters of its own.
  const add = (text: string, value: unknown): void => {
    parts.push(text.replace('?', `$${values.push(value) + 3}`));
  };
  if (from !== null) add('record.recorded_at >= ?::timestamptz', from);
  if (before !== null) add('record.recorded_at < ?::timestamptz', before);
  if (orga !== null) add('record.orgaid = ?::text', orga);
  return { text: parts.join(' AND '), values };
}

async function newestCheckpoint(client: pg.Client): Promise<CheckpointReference | null> {
  const { rows } = await client.query<{ line: string; hash: string }>(
    "SELECT line, encode(hash, 'hex') AS hash FROM audit_checkpoint ORDER BY number DESC LIMIT 1",
  );
  const [row] = rows;
  const read = row === undefined ? undefined : readCheckpoint(row.line);
  if (row === undefined || read === undefined) return null;
  return { number: read.checkpoint.number, takenAt: read.checkpoint.takenAt, hash: row.hash };
}

/** Writes lines in chunks and hashes their bytes. */
class HashedLines {
  readonly #write: (text: string) => Promise<void>;
  readonly #hash = createHash('sha256');
  #gathered = '';

  constructor(write: (text: string) => Promise<void>) {
    this.#write = write;
  }

  async add(line: string): Promise<void> {
    this.#gathered += `${line}\n`;
    if (this.#gathered.length >= CHUNK_LENGTH) await this.#flush();
  }

  /** @returns SHA-256 over all of it, hex */
  async end(): Promise<string> {
    await this.#flush();
    return this.#hash.digest('hex');
  }

  async #flush(): Promise<void> {
    const text = this.#gathered;
    this.#gathered = '';
    this.#hash.update(text);
    await this.#write(text);
  }
}
