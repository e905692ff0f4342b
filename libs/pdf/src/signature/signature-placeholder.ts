import { CodedError } from '@cinnabar/core';
import type { WrittenIncrement } from '../increment/pdf-increment.ts';
import { PdfVerbatim } from '../objects/pdf-object.ts';
import type { ByteRange } from './byte-range.ts';

/** Offsets are written with as many characters as the largest document needs. */
const BYTE_RANGE_WIDTH = '[0 9999999999 9999999999 9999999999]'.length;

/** The two values of a signature dictionary (ISO 32000-1 table 252) that are known only when everything else is laid out. */
export interface SignaturePlaceholder {
  /** /Contents: zeros between angle brackets, room for `capacity` bytes of DER. */
  readonly contents: PdfVerbatim;
  /** /ByteRange: white space until it is filled in. */
  readonly byteRange: PdfVerbatim;
}

export function createPlaceholder(capacity: number): SignaturePlaceholder {
  return {
    contents: new PdfVerbatim(Buffer.from(`<${'00'.repeat(capacity)}>`, 'latin1')),
    byteRange: new PdfVerbatim(Buffer.alloc(BYTE_RANGE_WIDTH, ' ')),
  };
}

/**
 * Fills in /ByteRange in the bytes of the increment: everything but the value of /Contents, its angle brackets included
 * in what is left out (12.8.1).
 */
export function fillByteRange(
  { bytes, offsets }: WrittenIncrement,
  originalLength: number,
  { contents, byteRange }: SignaturePlaceholder,
): ByteRange {
  const contentsAt = offsets.get(contents);
  const byteRangeAt = offsets.get(byteRange);
  if (contentsAt === undefined || byteRangeAt === undefined) {
    throw new CodedError('internal', 'the signature dictionary was not written');
  }
  const afterContents = contentsAt + contents.bytes.length;
  const range: ByteRange = [0, contentsAt, afterContents, originalLength + bytes.length - afterContents];
  const text = `[${range.join(' ')}]`;
  if (text.length > BYTE_RANGE_WIDTH) throw new CodedError('not-supported', 'document: larger than 10 GB');
  bytes.set(Buffer.from(text.padEnd(BYTE_RANGE_WIDTH), 'latin1'), byteRangeAt - originalLength);
  return range;
}

/**
 * Puts a signature into the placeholder.
 * @param incrementBytes changed in place
 * @param contentsAt offset of the placeholder's `<` in `incrementBytes`
 * @param capacity bytes of DER that it holds
 */
export function fillContents(
  incrementBytes: Uint8Array,
  contentsAt: number,
  capacity: number,
  signedDataDer: Uint8Array,
): void {
  if (signedDataDer.length > capacity) {
    throw new CodedError('internal', 'the signature is longer than the room that was left for it', {
      context: { capacity, length: signedDataDer.length },
    });
  }
  incrementBytes.set(Buffer.from(Buffer.from(signedDataDer).toString('hex'), 'latin1'), contentsAt + 1);
}
