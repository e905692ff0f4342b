import { hash } from 'node:crypto';
import { type AuditRow, RECORD_COLUMNS } from './record-columns.ts';

/** Keeps these hashes apart from every other use of SHA-256, and one version of the encoding from the next. */
const DOMAIN = Buffer.from('cinnabar audit link 1\0');

/** Of chain and seq. */
const PLACE_LENGTH = 16;

/** What stands in the place of the previous hash in a chain's first link. */
export const NO_PREVIOUS_HASH = Buffer.alloc(32);

/**
 * The hash of one link: SHA-256 over domain ‖ previous hash (32) ‖ chain (8, big-endian) ‖ seq (8, big-endian) ‖ for
 * every column in order either 0x00 (null) or 0x01 ‖ length in bytes (4, big-endian) ‖ UTF-8. Lengths make it
 * unambiguous: no text can move from one column to its neighbour unseen.
 */
export function linkHash(previousHash: Uint8Array, chain: bigint, seq: bigint, row: AuditRow): Buffer {
  // UTF-8 needs three bytes at most for each UTF-16 unit.
  const bound = RECORD_COLUMNS.reduce((sum, { name }) => sum + 5 + 3 * (row[name]?.length ?? 0), 0);
  const encoded = Buffer.allocUnsafe(DOMAIN.length + previousHash.length + PLACE_LENGTH + bound);
  encoded.set(DOMAIN);
  encoded.set(previousHash, DOMAIN.length);
  let end = encoded.writeBigInt64BE(chain, DOMAIN.length + previousHash.length);
  end = encoded.writeBigInt64BE(seq, end);
  end = encodeRow(row, encoded, end);
  // All in one call: each one into OpenSSL costs more than the hashing of a record.
  return hash('sha256', encoded.subarray(0, end), 'buffer');
}

/** @returns where it ends */
function encodeRow(row: AuditRow, encoded: Buffer, start: number): number {
  let end = start;
  for (const { name } of RECORD_COLUMNS) {
    const value = row[name];
    encoded[end] = value === null ? 0 : 1;
    end += 1;
    if (value === null) continue;
    const length = encoded.write(value, end + 4);
    encoded.writeUInt32BE(length, end);
    end += 4 + length;
  }
  return end;
}
