import { constants, verify } from 'node:crypto';
import { DIGESTS } from '@cinnabar/core';
import type { Certificate } from '../certificate.ts';
import { publicKeyOf } from '../public-key.ts';
import { isEd25519, type SignatureAlgorithm } from '../signature-algorithm.ts';

/** The key types (as Node names them) whose signatures each scheme describes. */
const KEY_TYPES = { pkcs1: ['rsa'], pss: ['rsa', 'rsa-pss'], ecdsa: ['ec'] } as const;

/**
 * Did `issuer`'s key sign `certificate` (RFC 5280 6.1.3 (a)(1))? Nothing else of path validation is looked at.
 * An algorithm that is not known here counts as no.
 */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  return verifyMessage(
    issuer,
    certificate.signatureAlgorithm,
    certificate.tbsCertificateDer,
    certificate.signatureValue,
  );
}

/** Verifies a signature over bytes that are hashed here, with the algorithm that a PKIX structure names. */
export function verifyMessage(
  signer: Certificate,
  algorithm: SignatureAlgorithm,
  message: Uint8Array,
  signatureValue: Uint8Array,
): boolean {
  const key = publicKeyOf(signer);
  const keyType = key.asymmetricKeyType ?? '';
  if (isEd25519(algorithm)) return keyType === 'ed25519' && verify(null, message, key, signatureValue);
  const { scheme, digestAlgorithm, saltLength } = algorithm;
  if (!scheme || !digestAlgorithm || !(KEY_TYPES[scheme] as readonly string[]).includes(keyType)) return false;
  const { nodeName } = DIGESTS[digestAlgorithm];
  if (scheme !== 'pss') return verify(nodeName, message, key, signatureValue);
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltLength ?? 0 };
  return verify(nodeName, message, { key, ...padding }, signatureValue);
}
