import { constants, createHash, type KeyObject, publicDecrypt } from 'node:crypto';
import { DIGESTS, type DigestAlgorithm } from '@cinnabar/core';
import { modulusBits, modulusLength } from './modulus.ts';

/**
 * RSASSA-PSS verification of a digest (RFC 8017 8.1.2 and 9.1.2) with MGF1 over the same hash and a salt as long as
 * the digest, which is all that this server makes.
 */
export function verifyPssDigest(
  publicKey: KeyObject,
  digestAlgorithm: DigestAlgorithm,
  digest: Uint8Array,
  signatureValue: Uint8Array,
): boolean {
  if (signatureValue.length !== modulusLength(publicKey)) return false;
  let recovered: Buffer;
  try {
    recovered = publicDecrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, signatureValue);
  } catch {
    // The number is not below the modulus (RFC 8017 5.2.2 step 1).
    return false;
  }
  return isPssEncodingOf(recovered, modulusBits(publicKey) - 1, digestAlgorithm, digest);
}

/** EMSA-PSS-VERIFY (RFC 8017 9.1.2); `recovered` may have one more leading octet than `emBits` needs. */
function isPssEncodingOf(recovered: Buffer, emBits: number, digestAlgorithm: DigestAlgorithm, digest: Uint8Array) {
  const { length: digestLength, nodeName } = DIGESTS[digestAlgorithm];
  const emLength = Math.ceil(emBits / 8);
  const surplus = recovered.length - emLength;
  if (recovered.subarray(0, surplus).some((octet) => octet !== 0)) return false;
  const encoded = recovered.subarray(surplus);
  if (emLength < 2 * digestLength + 2 || encoded.at(-1) !== 0xbc) return false;

  const dbLength = emLength - digestLength - 1;
  const hash = encoded.subarray(dbLength, -1);
  const unusedBitsMask = 0xff >> (8 * emLength - emBits);
  if (((encoded[0] ?? 0xff) & ~unusedBitsMask) !== 0) return false;

  const mask = mgf1(nodeName, hash, dbLength);
  const db = encoded.subarray(0, dbLength).map((octet, index) => octet ^ (mask[index] ?? 0));
  db[0] = (db[0] ?? 0) & unusedBitsMask;
  const saltAt = dbLength - digestLength;
  if (db[saltAt - 1] !== 1 || db.subarray(0, saltAt - 1).some((octet) => octet !== 0)) return false;

  const expected = createHash(nodeName).update(Buffer.alloc(8)).update(digest).update(db.subarray(saltAt)).digest();
  return expected.equals(hash);
}

/** MGF1 (RFC 8017 B.2.1). */
function mgf1(hashName: string, seed: Uint8Array, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 0, size = 0; size < length; counter++) {
    const counterOctets = Buffer.alloc(4);
    counterOctets.writeUInt32BE(counter);
    const block = createHash(hashName).update(seed).update(counterOctets).digest();
    blocks.push(block);
    size += block.length;
  }
  return Buffer.concat(blocks).subarray(0, length);
}
