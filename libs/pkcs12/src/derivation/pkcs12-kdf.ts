import { hash } from 'node:crypto';
import { DIGESTS, type DigestAlgorithm, zero } from '@cinnabar/core';
import { damaged } from '../pfx-errors.ts';
import { chainSha1 } from './sha1-chain.ts';

/** What the derived octets are for: the diversifier ID of RFC 7292 B.3. */
export const PURPOSE = { key: 1, initialisationVector: 2, mac: 3 } as const;

export interface Pkcs12Derivation {
  readonly digestAlgorithm: DigestAlgorithm;
  readonly purpose: (typeof PURPOSE)[keyof typeof PURPOSE];
  readonly salt: Uint8Array;
  readonly iterations: number;
  /** Bytes wanted. */
  readonly length: number;
}

const MAX_SALT_BYTES = 1024;

/** Derives octets from a BMPString password (RFC 7292 B.2). Its own buffers, but not the result, are zeroed. */
export function derivePkcs12(bmpPassword: Uint8Array, derivation: Pkcs12Derivation): Buffer {
  const { digestAlgorithm, iterations, length, purpose, salt } = derivation;
  if (salt.length > MAX_SALT_BYTES) throw damaged('a salt of absurd length');
  const { nodeName } = DIGESTS[digestAlgorithm];
  // v of RFC 7292 B.2: the block of the hash's compression function.
  const blockLength = digestAlgorithm === 'SHA384' || digestAlgorithm === 'SHA512' ? 128 : 64;
  const diversifier = Buffer.alloc(blockLength, purpose);
  const repeated = Buffer.concat([repeatToBlocks(salt, blockLength), repeatToBlocks(bmpPassword, blockLength)]);
  const result = Buffer.alloc(length);
  const input = Buffer.concat([diversifier, repeated]);
  for (let filled = 0; filled < length;) {
    const block = iterate(digestAlgorithm, hash(nodeName, input, 'buffer'), iterations - 1);
    filled += block.copy(result, filled);
    addToBlocks(input.subarray(blockLength), block, blockLength);
    zero(block);
  }
  zero(repeated, input);
  return result;
}

function iterate(digestAlgorithm: DigestAlgorithm, first: Buffer, times: number): Buffer {
  if (digestAlgorithm === 'SHA1') return chainSha1(first, times);
  const { nodeName } = DIGESTS[digestAlgorithm];
  let block = first;
  for (let time = 0; time < times; time++) block = hash(nodeName, block, 'buffer');
  return block;
}

/** Copies of `bytes`, as many as fill whole blocks (B.2 steps 2 and 3). */
function repeatToBlocks(bytes: Uint8Array, blockLength: number): Buffer {
  const repeated = Buffer.alloc(Math.ceil(bytes.length / blockLength) * blockLength);
  for (let offset = 0; offset < repeated.length; offset++) repeated[offset] = bytes[offset % bytes.length] ?? 0;
  return repeated;
}

/** Each block of `blocks` becomes block + B + 1 (B.2 step 6 C), B being the hash repeated to a block's length. */
function addToBlocks(blocks: Uint8Array, hashValue: Uint8Array, blockLength: number): void {
  for (let start = 0; start < blocks.length; start += blockLength) {
    let carry = 1;
    for (let index = blockLength - 1; index >= 0; index--) {
      const sum = (blocks[start + index] ?? 0) + (hashValue[index % hashValue.length] ?? 0) + carry;
      blocks[start + index] = sum & 0xff;
      carry = sum >> 8;
    }
  }
}
