import { createHash } from 'node:crypto';
import { TrustedKeys } from '../checkpoint/checkpoint-signer.ts';
import { linkHash, NO_PREVIOUS_HASH } from '../record/record-hash.ts';
import { type AuditProblem, Findings } from '../verify/audit-problem.ts';
import { LineFile, type NumberedLine } from '../verify/bounded-lines.ts';
import { CHAIN_START } from '../seal/chain-start.ts';
import { type ExportedLink, type ExportHeader, readFooterLine, readHeaderLine, readLinkLine } from './export-lines.ts';

/** What an export holds of one chain. */
export interface ExportedChain {
  readonly chain: string;
  readonly first: string;
  readonly last: string;
  readonly records: number;
  /** Of the last link, hex. */
  readonly hash: string;
  /** From its start record on without a gap. That nothing follows it, a checkpoint or the database tells. */
  readonly unbroken: boolean;
}

/** A chain in an export that was found intact. */
export interface ProvedExport extends ExportedChain {
  /** What the export's footer signs, hex. */
  readonly sha256: string;
}

export interface ExportVerdict {
  /** True when there is no problem at all. */
  readonly intact: boolean;
  readonly header: ExportHeader | undefined;
  /** SHA-256 that the footer signs, hex; undefined without a footer. */
  readonly sha256: string | undefined;
  readonly records: number;
  readonly chains: readonly ExportedChain[];
  /** In the order of lines, the footer's last; at most `MOST_PROBLEMS`. */
  readonly problems: readonly AuditProblem[];
  readonly problemCount: number;
}

export interface ExportFileOptions {
  readonly path: string;
  /** PEM. Without it the header's key is believed, which is worth as much as the file's own safety. */
  readonly publicKeyPem?: string;
}

/**
 * Proves an export from the file alone, or names the first bad line: every hash is recomputed, every chain followed, and
 * the footer's count, hash and signature are checked. Memory grows with the number of chains only.
 * @throws Error of the system for a file that cannot be read, or for a key that is none
 */
export async function verifyExport({ path, publicKeyPem }: ExportFileOptions): Promise<ExportVerdict> {
  const keys = new TrustedKeys();
  if (publicKeyPem !== undefined) keys.add(publicKeyPem);
  const file = await LineFile.open(path);
  try {
    const check = new ExportCheck(keys);
    for await (const line of file.lines()) check.next(line);
    return check.verdict(file.size);
  } finally {
    await file.close();
  }
}

type Extent = { -readonly [Key in keyof ExportedChain]: ExportedChain[Key] };

class ExportCheck {
  readonly #keys: TrustedKeys;
  readonly #findings = new Findings();
  readonly #hash = createHash('sha256');
  readonly #chains = new Map<string, Extent>();
  #header: ExportHeader | undefined;
  #last: ExportedLink | undefined;
  #sha256: string | undefined;
  /** Set by the footer. */
  #sha256Computed: string | undefined;
  #isBadLine = false;
  #records = 0;
  #length = 0;
  #place = 0;

  constructor(keys: TrustedKeys) {
    this.#keys = keys;
  }

  next({ place, bytes }: NumberedLine): void {
    this.#place = place;
    if (this.#sha256Computed !== undefined) {
      this.#find('export-order', 'stands behind the footer');
      return;
    }
    this.#length += (bytes?.length ?? 0) + 1;
    const text = bytes?.toString('utf8');
    if (place > 1 && text?.startsWith('{"footer":') === true) {
      this.#readFooter(text);
      return;
    }
    if (bytes !== undefined) this.#hash.update(bytes).update('\n');
    if (place === 1) this.#readHeader(text);
    else this.#readLink(text);
  }

  verdict(size: number): ExportVerdict {
    this.#place += 1;
    if (this.#sha256Computed === undefined)
      this.#find('export-truncated', 'should be the footer: the end was cut off, or never written');
    else if (size > this.#length && this.#findings.count === 0) {
      this.#find('export-order', 'stands behind the footer');
    }
    const { problems, count } = this.#findings;
    return {
      intact: count === 0,
      header: this.#header,
      sha256: this.#sha256,
      records: this.#records,
      chains: [...this.#chains.values()],
      problems,
      problemCount: count,
    };
  }

  #readHeader(text: string | undefined): void {
    this.#header = text === undefined ? undefined : readHeaderLine(text);
    if (this.#header === undefined) {
      this.#find('export-line', 'is not the header of an export');
      return;
    }
    if (!this.#keys.isEmpty) return;
    try {
      this.#keys.add(this.#header.publicKey);
    } catch {
      this.#find('export-line', 'names a public key that is none');
    }
  }

  #readLink(text: string | undefined): void {
    this.#records += 1;
    const link = text === undefined ? undefined : readLinkLine(text);
    const afterBadLine = this.#isBadLine;
    this.#isBadLine = link === undefined;
    if (link === undefined) {
      this.#find('export-line', 'is not a record');
      return;
    }
    const last = this.#last;
    const distance = last === undefined ? 1n : distanceOf(last, link);
    const place = `(chain ${link.chain}, link ${link.seq})`;
    const where = { chain: link.chain, seq: link.seq };
    if (distance <= 0n) {
      this.#find('export-order', `${place} is not in its place`, where);
      return;
    }
    this.#last = link;
    const follows = last?.chain === link.chain && distance === 1n;
    this.#extend(link, follows);
    const previous = follows ? Buffer.from(last.hash, 'hex') : previousOf(link);
    if (previous === undefined || (follows && link.previous !== undefined)) {
      // What a line that cannot be read was followed by cannot be recomputed, and is told already.
      if (!afterBadLine) this.#find('links-missing', `${place} does not follow the line before`, where);
      return;
    }
    if (link.record === null) {
      this.#find('record-missing', `${place} is a link whose record was gone`, where);
      return;
    }
    const computed = linkHash(previous, BigInt(link.chain), BigInt(link.seq), link.record).toString('hex');
    if (computed === link.hash) return;
    const { auditid } = link.record;
    this.#find(
      'record-or-hash-altered',
      `${place}, auditid ${auditid}: the record or its hash is not what was sealed`,
      { ...where, ...(auditid === null ? {} : { auditid }) },
    );
  }

  #extend(link: ExportedLink, follows: boolean): void {
    const { chain, seq, hash, record } = link;
    const known = this.#chains.get(chain);
    if (known === undefined) {
      const isStart = record?.category === CHAIN_START.category && record.action === CHAIN_START.action;
      const unbroken = seq === '1' && isStart;
      if (seq === '1' && !isStart) this.#find('start-missing', `begins chain ${chain} without its start record`);
      this.#chains.set(chain, { chain, first: seq, last: seq, records: 1, hash, unbroken });
      return;
    }
    known.records += 1;
    known.unbroken &&= follows && record !== null;
    known.last = seq;
    known.hash = hash;
  }

  #readFooter(text: string): void {
    this.#sha256Computed = this.#hash.digest('hex');
    const read = readFooterLine(text);
    if (read === undefined) {
      this.#find('export-forged', 'is not the footer of an export');
      return;
    }
    const { count, sha256, keyId } = read.footer;
    if (!this.#keys.vouchesFor(keyId, read.signedBytes, read.signature)) {
      this.#find('export-forged', 'is a footer that the trusted key did not sign');
      return;
    }
    this.#sha256 = sha256;
    if (count !== this.#records) {
      this.#find('export-forged', `signs for ${count} records, and ${this.#records} are there`);
    }
    if (sha256 !== this.#sha256Computed) this.#find('export-forged', 'signs for other lines than those before it');
    if (this.#header !== undefined && this.#header.keyId !== keyId) {
      this.#find('export-forged', 'names another key than the header');
    }
  }

  /** @param what goes on after "Line 7 …" */
  #find(kind: AuditProblem['kind'], what: string, where: Partial<AuditProblem> = {}): void {
    this.#findings.add({ kind, line: this.#place, ...where, detail: `Line ${this.#place} ${what}.` });
  }
}

/** How far one link comes after another of the same chain, or its chain after another's; 0 or less: out of order. */
function distanceOf(last: ExportedLink, link: ExportedLink): bigint {
  const chains = BigInt(link.chain) - BigInt(last.chain);
  return chains === 0n ? BigInt(link.seq) - BigInt(last.seq) : chains;
}

function previousOf({ seq, previous }: ExportedLink): Uint8Array | undefined {
  if (seq === '1') return previous === undefined ? NO_PREVIOUS_HASH : undefined;
  return previous === undefined ? undefined : Buffer.from(previous, 'hex');
}
