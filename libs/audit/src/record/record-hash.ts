import { createHash } from 'node:crypto';
import { type AuditRow, RECORD_COLUMNS } from './record-columns.ts';

/** Keeps these hashes apart from every other use of SHA-256, and one version of the encoding from the next. */
const DOMAIN = Buffer.from('cinnabar audit link 1\0');

/** What stands in the place of the previous hash in a chain's first link. */
export const NO_PREVIOUS_HASH = Buffer.alloc(32);

/**
 * The hash of one link: SHA-256 over domain ‖ previous hash (32) ‖ chain (8, big-endian) ‖ seq (8, big-endian) ‖ for
 * every column in order either 0x00 (null) or 0x01 ‖ length in bytes (4, big-endian) ‖ UTF-8. Lengths make it
 * unambiguous: no text can move from one column to its neighbour unseen.
 */
export function linkHash(previousHash: Uint8Array, chain: bigint, seq: bigint, row: AuditRow): Buffer {
  const place = Buffer.alloc(16);
  place.writeBigInt64BE(chain, 0);
  place.writeBigInt64BE(seq, 8);
  return createHash('sha256').update(DOMAIN).update(previousHash).update(place).update(encodeRow(row)).digest();
}

function encodeRow(row: AuditRow): Buffer {
  // UTF-8 needs three bytes at most for each UTF-16 unit.
  const bound = RECORD_COLUMNS.reduce((sum, { name }) => sum + 5 + 3 * (row[name]?.length ?? 0), 0);
  const encoded = Buffer.allocUnsafe(bound);
  let end = 0;
  for (const { name } of RECORD_COLUMNS) {
    const value = row[name];
    end = encoded.writeUInt8(value === null ? 0 : 1, end);
    if (value === null) continue;
    const length = encoded.write(value, end + 4);
    encoded.writeUInt32BE(length, end);
    end += 4 + length;
  }
  return encoded.subarray(0, end);
}
