import type { ByteSource } from '../byte-source.ts';
import type { DecodeBudget } from '../filters/decode-budget.ts';
import { decodeFilters, filtersOf, type Resolve } from '../filters/filter-chain.ts';
import { MAX_DECODED_BYTES } from '../limits.ts';
import { ObjectParser } from '../objects/object-parser.ts';
import { CARRIAGE_RETURN, LINE_FEED } from '../objects/characters.ts';
import { type PdfObject, PdfReference, type PdfStream, type PdfValue } from '../objects/pdf-object.ts';
import { unreadable } from '../unreadable.ts';

const END_OF_STREAM = 'endstream';
const SEARCH_CHUNK_BYTES = 64 * 1024;

/**
 * The bytes of a stream as they stand in the source. /Length counts where `endstream` follows it; otherwise the next
 * `endstream` is the end, as readers do.
 */
export function readEncodedBytes(source: ByteSource, stream: PdfStream, resolve: Resolve): Uint8Array {
  const end = findStreamEnd(source, stream.dataOffset, resolve(stream.dictionary.get('Length')));
  const length = end - stream.dataOffset;
  if (length > MAX_DECODED_BYTES) throw unreadable('a stream that is needed is too long');
  return source.read(stream.dataOffset, length);
}

/** Absolute offset of the end of the data that begin at `dataOffset`. */
export function findStreamEnd(source: ByteSource, dataOffset: number, statedLength: PdfObject): number {
  if (typeof statedLength === 'number' && Number.isInteger(statedLength) && statedLength >= 0) {
    const end = dataOffset + statedLength;
    if (end <= source.length && new ObjectParser(source, end).takeKeyword(END_OF_STREAM)) return end;
  }
  const keyword = indexOfKeyword(source, END_OF_STREAM, dataOffset) ?? source.length;
  // The end of line before `endstream` does not belong to the data (7.3.8.1).
  const [beforeLast, last] = source.read(keyword - 2, 2);
  if (last === LINE_FEED) return Math.max(dataOffset, keyword - (beforeLast === CARRIAGE_RETURN ? 2 : 1));
  return Math.max(dataOffset, keyword - (last === CARRIAGE_RETURN ? 1 : 0));
}

/** Absolute offset of the next `keyword` from `from` on. */
export function indexOfKeyword(source: ByteSource, keyword: string, from: number): number | undefined {
  // Chunks overlap, so that a keyword across their border is found.
  const chunk = Buffer.alloc(SEARCH_CHUNK_BYTES + keyword.length);
  for (let at = from; at < source.length; at += SEARCH_CHUNK_BYTES) {
    const index = chunk.subarray(0, source.readInto(chunk, at)).indexOf(keyword);
    if (index >= 0) return at + index;
  }
  return undefined;
}

/** Decodes a cross-reference stream, which is never encrypted and refers to nothing (7.5.8.2). */
export function decodePlainStream(source: ByteSource, stream: PdfStream, budget: DecodeBudget): Uint8Array {
  const encoded = readEncodedBytes(source, stream, direct);
  return decodeFilters(encoded, filtersOf(stream.dictionary, direct), direct, budget);
}

function direct(value: PdfValue | undefined): PdfObject {
  return value === undefined || value instanceof PdfReference ? null : value;
}
