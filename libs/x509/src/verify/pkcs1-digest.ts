import { constants, type KeyObject, publicDecrypt } from 'node:crypto';
import type { DigestAlgorithm } from '@cinnabar/core';
import { encodeDigestInfo } from '../digest-info.ts';
import { modulusLength } from './modulus.ts';

/**
 * RSASSA-PKCS1-v1_5 verification of a digest (RFC 8017 8.2.2). The recovered DigestInfo is compared whole with the one
 * that we encode: parsing it would open the door to forged trailing bytes.
 */
export function verifyPkcs1Digest(
  publicKey: KeyObject,
  digestAlgorithm: DigestAlgorithm | undefined,
  digest: Uint8Array,
  signatureValue: Uint8Array,
): boolean {
  if (signatureValue.length !== modulusLength(publicKey)) return false;
  const expected = digestAlgorithm ? encodeDigestInfo(digestAlgorithm, digest) : digest;
  let recovered: Buffer;
  try {
    recovered = publicDecrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, signatureValue);
  } catch {
    // Wrong padding: OpenSSL's way to say that this is no signature of this key.
    return false;
  }
  return recovered.equals(expected);
}
