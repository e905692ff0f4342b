import { isRecord } from '../checkpoint/chain-heads.ts';
import { jsonIn, readSignedLine } from '../checkpoint/signed-line.ts';
import { type AuditRow, RECORD_COLUMNS } from '../record/record-columns.ts';

const HEADER_TYPE = 'cinnabar audit export 1';
const FOOTER_TYPE = 'cinnabar audit export footer 1';

/** What an export holds; an absent bound is null. */
export interface ExportRange {
  /** ISO 8601, UTC: records from this moment on. */
  readonly from: string | null;
  /** ISO 8601, UTC: records before this moment. */
  readonly before: string | null;
  readonly orga: string | null;
  readonly chain: string | null;
}

/** The checkpoint that was the newest when the export began. */
export interface CheckpointReference {
  readonly number: number;
  readonly takenAt: string;
  /** SHA-256 of its signed bytes, hex. */
  readonly hash: string;
}

/** The first line: `{"header":{…}}`. */
export interface ExportHeader {
  readonly type: typeof HEADER_TYPE;
  readonly exportedAt: string;
  readonly range: ExportRange;
  readonly checkpoint: CheckpointReference | null;
  readonly keyId: string;
  /** PEM of the key that signs the footer. Worth as much as the file's own safety: keep it elsewhere too. */
  readonly publicKey: string;
}

/** One record in its place of its chain. */
export interface ExportedLink {
  readonly chain: string;
  readonly seq: string;
  /** Hex. */
  readonly hash: string;
  /** Hash of the link before, hex, where that link is not the line before. */
  readonly previous?: string;
  /** Every column as it was hashed; null where the record is gone from the database. */
  readonly record: AuditRow | null;
}

/** What is signed: the last line is `{"footer":{…},"signature":"<base64>"}`. */
export interface ExportFooter {
  readonly type: typeof FOOTER_TYPE;
  /** Lines between header and footer. */
  readonly count: number;
  /** SHA-256 over every byte before this line, hex. */
  readonly sha256: string;
  readonly closedAt: string;
  readonly keyId: string;
}

export function headerLine(header: Omit<ExportHeader, 'type'>): string {
  const { exportedAt, range, checkpoint, keyId, publicKey } = header;
  const { from, before, orga, chain } = range;
  return JSON.stringify({
    header: {
      type: HEADER_TYPE,
      exportedAt,
      range: { from, before, orga, chain },
      checkpoint: checkpoint === null ? null : { ...checkpoint },
      keyId,
      publicKey,
    },
  });
}

export function linkLine({ chain, seq, hash, previous, record }: ExportedLink): string {
  const columns = record === null ? null : Object.fromEntries(RECORD_COLUMNS.map(({ name }) => [name, record[name]]));
  return JSON.stringify({
    chain,
    seq,
    hash,
    ...(previous === undefined ? {} : { previous }),
    record: columns,
  });
}

/** The text that is signed, with its members in this order. */
export function footerJson({ count, sha256, closedAt, keyId }: Omit<ExportFooter, 'type'>): string {
  return JSON.stringify({ type: FOOTER_TYPE, count, sha256, closedAt, keyId });
}

/** Undefined for a line that is not such a header, to the byte. */
export function readHeaderLine(line: string): ExportHeader | undefined {
  const value = jsonIn(line);
  const header = isRecord(value) ? value['header'] : undefined;
  if (!isRecord(header) || header['type'] !== HEADER_TYPE || !isRecord(header['range'])) return undefined;
  const { keyId, publicKey, exportedAt } = header;
  if (typeof keyId !== 'string' || typeof publicKey !== 'string' || typeof exportedAt !== 'string') return undefined;
  const read = header as unknown as ExportHeader;
  return headerLine(read) === line ? read : undefined;
}

/** Undefined for a line that is not such a record, to the byte: nothing may stand there that no hash covers. */
export function readLinkLine(line: string): ExportedLink | undefined {
  const value = jsonIn(line);
  if (!isRecord(value)) return undefined;
  const { chain, seq, hash, previous, record } = value;
  if (!isNumber(chain) || !isNumber(seq) || !isHash(hash)) return undefined;
  if (previous !== undefined && !isHash(previous)) return undefined;
  if (record !== null && !isRow(record)) return undefined;
  const read = { chain, seq, hash, record, ...(previous === undefined ? {} : { previous }) };
  return linkLine(read) === line ? read : undefined;
}

export interface ReadFooter {
  readonly footer: ExportFooter;
  readonly signedBytes: Uint8Array;
  readonly signature: Uint8Array;
}

/** Undefined for a line that is not a footer; its signature is not looked at. */
export function readFooterLine(line: string): ReadFooter | undefined {
  const read = readSignedLine('footer', line);
  if (read === undefined || !isRecord(read.value)) return undefined;
  const { type, count, sha256, closedAt, keyId } = read.value;
  const isFooter =
    type === FOOTER_TYPE &&
    Number.isSafeInteger(count) &&
    isHash(sha256) &&
    typeof closedAt === 'string' &&
    typeof keyId === 'string';
  if (!isFooter) return undefined;
  return {
    footer: read.value as unknown as ExportFooter,
    signedBytes: read.signedBytes,
    signature: read.signature,
  };
}

function isNumber(value: unknown): value is string {
  return typeof value === 'string' && /^\d{1,18}$/.test(value);
}

function isHash(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

function isRow(value: unknown): value is AuditRow {
  return isRecord(value) && RECORD_COLUMNS.every(({ name }) => value[name] === null || typeof value[name] === 'string');
}
