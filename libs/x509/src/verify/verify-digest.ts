import type { KeyObject } from 'node:crypto';
import { CodedError, DIGESTS, type DigestAlgorithm } from '@cinnabar/core';
import type { Certificate } from '../certificate.ts';
import { publicKeyOf } from '../public-key.ts';
import type { SignatureScheme } from '../signature-algorithm.ts';
import { verifyEcdsaDigest } from './ecdsa-digest.ts';
import { verifyPkcs1Digest } from './pkcs1-digest.ts';
import { verifyPssDigest } from './pss-digest.ts';

export interface DigestSignature {
  readonly scheme: SignatureScheme;
  /**
   * The hash that made `digest`. Only `pkcs1` may leave it out: then `digest` is padded as it is, without a DigestInfo
   * (the 36-byte MD5 + SHA-1 digest of TLS 1.0).
   */
  readonly digestAlgorithm?: DigestAlgorithm | undefined;
  readonly digest: Uint8Array;
  /** RSA: as long as the modulus. ECDSA: DER `ECDSA-Sig-Value` (RFC 3279 2.2.3). */
  readonly signatureValue: Uint8Array;
}

/**
 * Did the certificate's key sign this digest? The own check of each signature before it leaves.
 *
 * Node verifies only what it has hashed itself, so the last step of each scheme is done here, on public values.
 * A wrong signature is `false`; a digest that does not fit its algorithm is `invalid-parameter`; a key that cannot do
 * the scheme is `not-supported`.
 */
export function verifyDigest(certificate: Certificate, signature: DigestSignature): boolean {
  const { digest, digestAlgorithm, scheme, signatureValue } = signature;
  if (digestAlgorithm && digest.length !== DIGESTS[digestAlgorithm].length) {
    throw new CodedError('invalid-parameter', `digest: ${digest.length} bytes do not fit ${digestAlgorithm}`);
  }
  const publicKey = publicKeyOf(certificate);
  switch (scheme) {
    case 'pkcs1':
      requireKeyType(publicKey, 'rsa');
      return verifyPkcs1Digest(publicKey, digestAlgorithm, digest, signatureValue);
    case 'pss':
      requireKeyType(publicKey, 'rsa');
      return verifyPssDigest(publicKey, requireDigestAlgorithm(digestAlgorithm), digest, signatureValue);
    case 'ecdsa':
      requireKeyType(publicKey, 'ec');
      return verifyEcdsaDigest(publicKey, digest, signatureValue);
  }
}

function requireKeyType(publicKey: KeyObject, type: 'rsa' | 'ec'): void {
  if (publicKey.asymmetricKeyType !== type) throw new CodedError('not-supported', 'the key cannot do this scheme');
}

function requireDigestAlgorithm(digestAlgorithm: DigestAlgorithm | undefined): DigestAlgorithm {
  if (digestAlgorithm) return digestAlgorithm;
  throw new CodedError('invalid-parameter', 'digest: RSASSA-PSS needs the name of the hash');
}
