import { createPublicKey } from 'node:crypto';
import { CodedError } from '@cinnabar/core';
import { orderChain, parseCertificates, publicKeyOf, type Certificate } from '@cinnabar/x509';

/** Certificates that a path may bring along; it has seldom more than four. */
const ISSUERS_MAX = 16;

export interface IssuedCertificate {
  readonly certificate: Certificate;
  /** Its issuers, from its own upwards. */
  readonly issuers: readonly Certificate[];
}

/**
 * Reads a certificate and its issuers, each DER or PEM; a PEM text may bring issuers behind the certificate. Every issuer
 * must be of the certificate's path, each link with a matching name and a verified signature; their order does not matter.
 *
 * @throws CodedError `invalid-parameter` (`cer`, `chain`), `not-supported` for a key that cannot be read
 */
export function readIssuedCertificate(cer: Uint8Array, chain: readonly Uint8Array[]): IssuedCertificate {
  const [certificate, ...others] = parseCertificates(cer, 'cer');
  if (certificate === undefined) throw new CodedError('invalid-parameter', 'cer: no certificate found');
  others.push(...chain.flatMap((each, index) => parseCertificates(each, `chain[${index}]`)));
  const bag = withoutRepetition(others, certificate);
  if (bag.length > ISSUERS_MAX)
    throw new CodedError('invalid-parameter', `chain: more than ${ISSUERS_MAX} certificates`);
  const [, ...issuers] = orderChain(certificate, bag);
  if (issuers.length !== bag.length)
    throw new CodedError('invalid-parameter', 'chain: holds a certificate that is not an issuer on the path of cer');
  return { certificate, issuers };
}

/** @throws CodedError `invalid-parameter` where the certificate is over another key than that of the SubjectPublicKeyInfo */
export function requireKeyOf(certificate: Certificate, publicKeySpkiDer: Uint8Array): void {
  if (!isOverKey(certificate, publicKeySpkiDer))
    throw new CodedError('invalid-parameter', 'cer: is over another key than the one in custody');
}

/** Whether a certificate is over this key, however either writes it: a curve's point has more than one encoding. */
export function isOverKey(certificate: Certificate, publicKeySpkiDer: Uint8Array): boolean {
  if (Buffer.compare(certificate.subjectPublicKeyInfoDer, publicKeySpkiDer) === 0) return true;
  const key = createPublicKey({ key: Buffer.from(publicKeySpkiDer), format: 'der', type: 'spki' });
  return publicKeyOf(certificate).equals(key);
}

function withoutRepetition(certificates: readonly Certificate[], leaf: Certificate): Certificate[] {
  const byBytes = new Map(certificates.map((each) => [bytesOf(each), each]));
  byBytes.delete(bytesOf(leaf));
  return [...byBytes.values()];
}

function bytesOf({ certificateDer }: Certificate): string {
  return Buffer.from(certificateDer).toString('base64');
}
