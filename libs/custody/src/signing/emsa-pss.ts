import { createHash } from 'node:crypto';
import { DIGESTS, equalInConstantTime, type DigestAlgorithm } from '@cinnabar/core';

// EMSA-PSS (RFC 8017 9.1) with MGF1 on the digest's own hash and a salt as long as the digest. node:crypto offers PSS
// only over a message that it hashes itself; here the digest is all there is.

/** `salt` must be as long as the digest. The result is as long as a modulus of `modulusBits`. */
export function encodeEmsaPss(
  digest: Uint8Array,
  salt: Uint8Array,
  digestAlgorithm: DigestAlgorithm,
  modulusBits: number,
): Uint8Array {
  const { hash, maskedLength, topMask, padLength } = layout(digestAlgorithm, modulusBits);
  const h = hash(Buffer.alloc(8), digest, salt);
  const db = Buffer.alloc(maskedLength);
  db[maskedLength - salt.length - 1] = 1;
  db.set(salt, maskedLength - salt.length);
  applyMask(db, h, hash);
  db[0] = (db[0] ?? 0) & topMask;
  return Buffer.concat([Buffer.alloc(padLength), db, h, Uint8Array.of(0xbc)]);
}

/** `encoded` is what the public key makes of a signature: as long as the modulus. */
export function verifyEmsaPss(
  encoded: Uint8Array,
  digest: Uint8Array,
  digestAlgorithm: DigestAlgorithm,
  modulusBits: number,
): boolean {
  const { hash, maskedLength, topMask, padLength } = layout(digestAlgorithm, modulusBits);
  const end = padLength + maskedLength;
  if (maskedLength < digest.length + 2 || encoded.length !== end + digest.length + 1) return false;
  if (encoded[encoded.length - 1] !== 0xbc || encoded.subarray(0, padLength).some((octet) => octet !== 0)) return false;
  const db = Buffer.from(encoded.subarray(padLength, end));
  if (((db[0] ?? 0) & ~topMask) !== 0) return false;
  const h = encoded.subarray(end, end + digest.length);
  applyMask(db, h, hash);
  db[0] = (db[0] ?? 0) & topMask;
  const saltAt = maskedLength - digest.length;
  if (db[saltAt - 1] !== 1 || db.subarray(0, saltAt - 1).some((octet) => octet !== 0)) return false;
  return equalInConstantTime(h, hash(Buffer.alloc(8), digest, db.subarray(saltAt)));
}

type Hash = (...parts: readonly Uint8Array[]) => Buffer;

function layout(digestAlgorithm: DigestAlgorithm, modulusBits: number) {
  const { length, nodeName } = DIGESTS[digestAlgorithm];
  // The encoded message has one bit less than the modulus, so that it is smaller; that may cost a whole octet.
  const encodedBits = modulusBits - 1;
  const encodedLength = Math.ceil(encodedBits / 8);
  const hash: Hash = (...parts) => {
    const state = createHash(nodeName);
    for (const part of parts) state.update(part);
    return state.digest();
  };
  return {
    hash,
    maskedLength: encodedLength - length - 1,
    topMask: 0xff >> (8 * encodedLength - encodedBits),
    padLength: Math.ceil(modulusBits / 8) - encodedLength,
  };
}

/** XORs MGF1 (RFC 8017 B.2.1) of `seed` into `db`. */
function applyMask(db: Buffer, seed: Uint8Array, hash: Hash): void {
  const counter = Buffer.alloc(4);
  for (let at = 0, block = 0; at < db.length; block += 1) {
    counter.writeUInt32BE(block);
    for (const octet of hash(seed, counter)) {
      if (at === db.length) break;
      db[at] = (db[at] ?? 0) ^ octet;
      at += 1;
    }
  }
}
