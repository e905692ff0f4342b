import { createHash } from 'node:crypto';
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
}

/** Digest of the bytes that a signature covers, read in pieces of 1 MiB; others get their turn between the pieces. */
export async function digestByteRange(
  source: ByteSource,
  range: ByteRange,
  digestAlgorithm: DigestAlgorithm,
): Promise<Uint8Array> {
  const hash = createHash(DIGESTS[digestAlgorithm].nodeName);
  for (const [start, length] of [
    [range[0], range[1]],
    [range[2], range[3]],
  ] as const) {
    for (let done = 0; done < length; done += CHUNK_BYTES) {
      const wanted = Math.min(CHUNK_BYTES, length - done);
      const bytes = source.read(start + done, wanted);
      if (bytes.length < wanted) throw unreadable('it became shorter while it was read');
      hash.update(bytes);
      if (wanted === CHUNK_BYTES) await setImmediate();
    }
  }
  return hash.digest();
}
