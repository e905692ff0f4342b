import type { ProtectedKey } from '@cinnabar/custody';
import type { Certificate } from '@cinnabar/x509';
import type { CertificateEntity } from './certificate.entity.ts';

/** What a certificate says: all of these are stored, or none. */
type CertificateColumns = Pick<
  CertificateEntity,
  | 'certificateDer'
  | 'chainDer'
  | 'subject'
  | 'subjectCn'
  | 'issuer'
  | 'issuerCn'
  | 'serial'
  | 'signalg'
  | 'validFrom'
  | 'validTo'
  | 'fingerprintSha1'
  | 'revoked'
>;

type KeyColumns = Pick<
  CertificateEntity,
  'certid' | 'keyVersion' | 'kekVersion' | 'wrappingMechanism' | 'keyType' | 'sealedKey'
>;

/** @param chainDer issuers, from the certificate's own upwards */
export function certificateColumns(certificate: Certificate, chainDer: readonly Uint8Array[]): CertificateColumns {
  return {
    certificateDer: Buffer.from(certificate.certificateDer),
    chainDer: chainDer.map((der) => Buffer.from(der)),
    subject: certificate.subject.text,
    subjectCn: certificate.subject.commonName ?? null,
    issuer: certificate.issuer.text,
    issuerCn: certificate.issuer.commonName ?? null,
    serial: certificate.serialNumber,
    signalg: certificate.signatureAlgorithm.name,
    validFrom: certificate.validFromAt,
    validTo: certificate.validToAt,
    fingerprintSha1: certificate.fingerprintSha1,
    revoked: null,
  };
}

/** Of a key that waits for its certificate. */
export const NO_CERTIFICATE: CertificateColumns = {
  certificateDer: null,
  chainDer: [],
  subject: null,
  subjectCn: null,
  issuer: null,
  issuerCn: null,
  serial: null,
  signalg: null,
  validFrom: null,
  validTo: null,
  fingerprintSha1: null,
  revoked: null,
};

export function keyColumns({ sealedKey, ...key }: ProtectedKey): KeyColumns {
  return { ...key, sealedKey: Buffer.from(sealedKey) };
}
