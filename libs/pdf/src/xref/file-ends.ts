import type { ByteSource } from '../byte-source.ts';

/** Readers look for the header in the first 1,024 bytes (ISO 32000-1 Annex H.3, note 13). */
const HEADER_REGION_BYTES = 1024;
/** Some writers put white space or other bytes behind the end: look further than the 1,024 bytes of Annex H. */
const TAIL_REGION_BYTES = 64 * 1024;

/** Absolute offset of `%PDF-`, from which a document with bytes before it counts; 0 where there is none. */
export function findHeader(source: ByteSource): number {
  const head = Buffer.from(source.read(0, HEADER_REGION_BYTES));
  return Math.max(0, head.indexOf('%PDF-'));
}

/** The number after the last `startxref`, as it stands there; undefined where there is none. */
export function findStartXref(source: ByteSource): number | undefined {
  const tailStart = Math.max(0, source.length - TAIL_REGION_BYTES);
  const tail = Buffer.from(source.read(tailStart, TAIL_REGION_BYTES));
  const keyword = tail.lastIndexOf('startxref');
  if (keyword < 0) return undefined;
  const digits = /^startxref\s*(\d{1,15})/.exec(tail.toString('latin1', keyword, keyword + 64));
  return digits?.[1] === undefined ? undefined : Number(digits[1]);
}

/** Does the document end with an end of line? An update has to begin on a line of its own (PDF/A: ISO 19005-1 6.1.8). */
export function endsWithEndOfLine(source: ByteSource): boolean {
  const [last] = source.read(source.length - 1, 1);
  return last === 0x0a || last === 0x0d;
}
