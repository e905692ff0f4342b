import { CodedError, DIGESTS, MD5_SHA1_LENGTH, type DigestAlgorithm } from '@cinnabar/core';
import type { KeyType } from './protected-key.ts';

/** RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 8017; PSS with MGF1 on the same hash and a salt as long as it), ECDSA (FIPS 186-5). */
export type SignatureScheme = 'pkcs1' | 'pss' | 'ecdsa';

/** `MD5+SHA1`: the 36 bytes that TLS 1.0 signs as they are, without a DigestInfo (RFC 2246 7.4.3); `pkcs1` only. */
export type SignedDigest = DigestAlgorithm | 'MD5+SHA1';

export interface SignatureRequest {
  readonly scheme: SignatureScheme;
  readonly digestAlgorithm: SignedDigest;
  readonly digest: Uint8Array;
  /** The certificate's SubjectPublicKeyInfo. The signature is verified with it before it is released. */
  readonly publicKeySpkiDer: Uint8Array;
}

/** @throws CodedError `invalid-parameter` (hash.digest, hash.scheme), `not-supported` for a scheme that has no such digest. */
export function checkSignatureRequest({ scheme, digestAlgorithm, digest }: SignatureRequest): void {
  const expected = digestAlgorithm === 'MD5+SHA1' ? MD5_SHA1_LENGTH : DIGESTS[digestAlgorithm].length;
  if (digest.length !== expected) {
    throw new CodedError(
      'invalid-parameter',
      `hash.digest: ${digestAlgorithm} has ${expected} bytes, not ${digest.length}`,
    );
  }
  if (digestAlgorithm === 'MD5+SHA1' && scheme !== 'pkcs1') {
    throw new CodedError('not-supported', 'a digest of MD5 and SHA-1 is signed with RSASSA-PKCS1-v1_5 alone');
  }
  // PKCS#11 has no MD5 for PSS, and nobody should want it.
  if (digestAlgorithm === 'MD5' && scheme === 'pss')
    throw new CodedError('not-supported', 'RSASSA-PSS is not made with MD5');
}

/** @throws CodedError `invalid-parameter` when an EC key is asked for an RSA scheme, or the other way round. */
export function checkSchemeFitsKey(scheme: SignatureScheme, keyType: KeyType): void {
  if ((keyType === 'RSA') !== (scheme !== 'ecdsa')) {
    throw new CodedError('invalid-parameter', `hash.scheme: ${scheme} does not fit the certificate's key`);
  }
}
