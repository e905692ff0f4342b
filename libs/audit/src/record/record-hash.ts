import { createHash } from 'node:crypto';
import { type AuditRow, RECORD_COLUMNS } from './record-columns.ts';

/** Keeps these hashes apart from every other use of SHA-256, and one version of the encoding from the next. */
const DOMAIN = Buffer.from('cinnabar audit link 1\0');

/** What stands in the place of the previous hash in a chain's first link. */
export const NO_PREVIOUS_HASH = Buffer.alloc(32);

const NULL_MARK = Buffer.from([0]);

/**
 * The hash of one link: SHA-256 over domain ‖ previous hash (32) ‖ chain (8, big-endian) ‖ seq (8, big-endian) ‖ for
 * every column in order either 0x00 (null) or 0x01 ‖ length in bytes (4, big-endian) ‖ UTF-8. Lengths make it
 * unambiguous: no text can move from one column to its neighbour unseen.
 */
export function linkHash(previousHash: Uint8Array, chain: bigint, seq: bigint, row: AuditRow): Buffer {
  const place = Buffer.alloc(16);
  place.writeBigInt64BE(chain, 0);
  place.writeBigInt64BE(seq, 8);
  const parts: Uint8Array[] = [DOMAIN, previousHash, place];
  for (const { name } of RECORD_COLUMNS) {
    const value = row[name];
    if (value === null) parts.push(NULL_MARK);
    else parts.push(lengthPrefixed(value));
  }
  return createHash('sha256').update(Buffer.concat(parts)).digest();
}

function lengthPrefixed(value: string): Buffer {
  const length = Buffer.byteLength(value);
  const part = Buffer.allocUnsafe(5 + length);
  part.writeUInt8(1, 0);
  part.writeUInt32BE(length, 1);
  part.write(value, 5);
  return part;
}
