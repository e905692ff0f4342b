import { createHash, type Hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type DigestAlgorithm, DIGESTS } from '@cinnabar/core';
import type { ByteSource } from '../byte-source.ts';
import { unreadable } from '../unreadable.ts';

/** Two ranges, each an offset and a length in bytes, around the value of /Contents (ISO 32000-1 table 252). */
export type ByteRange = readonly [firstOffset: number, firstLength: number, secondOffset: number, secondLength: number];

const CHUNK_BYTES = 1024 * 1024;

/** A document and what is put behind it, as one source; nothing is copied until it is read. */
export class AppendedByteSource implements ByteSource {
  readonly length: number;
  readonly #first: ByteSource;
  readonly #appended: Uint8Array;

  constructor(first: ByteSource, appended: Uint8Array) {
    this.#first = first;
    this.#appended = appended;
    this.length = first.length + appended.length;
  }

  read(offset: number, length: number): Uint8Array {
    const split = this.#first.length;
    if (offset >= split) return this.#appended.subarray(offset - split, offset - split + length);
    const head = this.#first.read(offset, Math.min(length, split - offset));
    const rest = offset + length - split;
    return rest <= 0 ? head : Buffer.concat([head, this.#appended.subarray(0, rest)]);
  }

  readInto(into: Uint8Array, offset: number): number {
    const split = this.#first.length;
    const filled = offset < split ? this.#first.readInto(into.subarray(0, split - offset), offset) : 0;
    // Where the first part ends early there is a gap; what stands behind it must not close it.
    if (offset + filled < split) return filled;
    const rest = this.#appended.subarray(offset + filled - split, offset - split + into.length);
    into.set(rest, filled);
    return filled + rest.length;
  }
}

/** Digest of the bytes that a signature covers, read in pieces of 1 MiB; others get their turn between the pieces. */
export async function digestByteRange(
  source: ByteSource,
  range: ByteRange,
  digestAlgorithm: DigestAlgorithm,
): Promise<Uint8Array> {
  const hash = createHash(DIGESTS[digestAlgorithm].nodeName);
  // One piece of memory for all: a new one for each would pile up faster than it is collected.
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (const [start, length] of [
    [range[0], range[1]],
    [range[2], range[3]],
  ] as const) {
    for (let done = 0; done < length; done += CHUNK_BYTES) {
      const wanted = Math.min(CHUNK_BYTES, length - done);
      const into = chunk.subarray(0, wanted);
      if (source.readInto(into, start + done) < wanted) throw unreadable('it became shorter while it was read');
      hash.update(into);
      if (wanted === CHUNK_BYTES) await setImmediate();
    }
  }
  return hash.digest();
}

/**
 * The same digest, where the document before the increment was hashed already: nothing of it is read again.
 *
 * @param documentHash behind the last byte of the document; it is copied and can be used again
 */
export function continueDigest(
  documentHash: Hash,
  documentLength: number,
  incrementBytes: Uint8Array,
  [firstOffset, firstLength, secondOffset, secondLength]: ByteRange,
): Uint8Array {
  if (firstOffset !== 0 || firstLength < documentLength)
    throw new TypeError('the range does not begin with the document');
  const second = secondOffset - documentLength;
  return documentHash
    .copy()
    .update(incrementBytes.subarray(0, firstLength - documentLength))
    .update(incrementBytes.subarray(second, second + secondLength))
    .digest();
}
