import { createPublicKey, type KeyObject } from 'node:crypto';
import { CodedError } from '@cinnabar/core';
import type { Certificate } from './certificate.ts';

const keyObjects = new WeakMap<Certificate, KeyObject>();

/**
 * The certificate's public key, decoded once per `Certificate` value: keep the value where signatures are checked often.
 * A key that OpenSSL cannot use, or a curve given by parameters instead of its name, is `not-supported`.
 */
export function publicKeyOf(certificate: Certificate): KeyObject {
  const known = keyObjects.get(certificate);
  if (known) return known;
  const { name, curve } = certificate.publicKeyAlgorithm;
  if (name === 'EC' && curve === undefined) throw new CodedError('not-supported', 'a curve without a name');
  const keyObject = decode(certificate.subjectPublicKeyInfoDer);
  keyObjects.set(certificate, keyObject);
  return keyObject;
}

/** Does this private key belong to the certificate? Compares the public keys. */
export function isKeyOfCertificate(privateKey: KeyObject, certificate: Certificate): boolean {
  return createPublicKey(privateKey).equals(publicKeyOf(certificate));
}

function decode(subjectPublicKeyInfoDer: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(subjectPublicKeyInfoDer), format: 'der', type: 'spki' });
  } catch (cause) {
    throw new CodedError('not-supported', 'the key of the certificate cannot be used', { cause });
  }
}
