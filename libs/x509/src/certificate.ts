import { createHash } from 'node:crypto';
import { CodedError } from '@cinnabar/core';
import { DerCursor } from './der/der-cursor.ts';
import { takeBitString, takeSmallInteger, takeTime } from './der/der-values.ts';
import { contextConstructed, contextPrimitive, TAG } from './der/tags.ts';
import { type DistinguishedName, takeDistinguishedName } from './distinguished-name.ts';
import { type CertificateExtensions, NO_EXTENSIONS, takeExtensions } from './extensions.ts';
import { certificatesFromPem } from './pem.ts';
import { type PublicKeyAlgorithm, readPublicKeyAlgorithm } from './public-key-algorithm.ts';
import { type SignatureAlgorithm, takeSignatureAlgorithm } from './signature-algorithm.ts';

/** A parsed certificate. Byte arrays are the original ones: nothing is ever encoded again. */
export interface Certificate extends CertificateExtensions {
  readonly certificateDer: Uint8Array;
  /** The signed part (RFC 5280 4.1.1.1), as it was signed. */
  readonly tbsCertificateDer: Uint8Array;
  readonly version: 1 | 2 | 3;
  /** Upper-case hex of the INTEGER's octets, with its leading zero where it has one: `00BBAAA0CD3482BFCD`. */
  readonly serialNumber: string;
  /** The whole INTEGER element, for issuerAndSerialNumber. */
  readonly serialNumberDer: Uint8Array;
  readonly subject: DistinguishedName;
  readonly issuer: DistinguishedName;
  /** Subject and issuer are byte for byte the same name. */
  readonly isSelfIssued: boolean;
  readonly validFromAt: Date;
  readonly validToAt: Date;
  readonly subjectPublicKeyInfoDer: Uint8Array;
  readonly publicKeyAlgorithm: PublicKeyAlgorithm;
  readonly signatureAlgorithm: SignatureAlgorithm;
  /** Empty where the BIT STRING does not end on an octet, as no signature does: read, but never verified. */
  readonly signatureValue: Uint8Array;
  /** SHA-1 over the whole certificate, upper-case hex: the API's `sha1sum`. An identifier, not a protection. */
  readonly fingerprintSha1: string;
}

/** The largest certificates in use, with logotypes, stay below 20 KiB. */
export const MAX_CERTIFICATE_BYTES = 64 * 1024;
/** A bundle of as many certificates as any path has, with their texts around them. */
const MAX_PEM_BYTES = 256 * 1024;
const MAX_SERIAL_OCTETS = 128;

/**
 * Reads a certificate (RFC 5280 4.1) from DER, or from PEM, where the first block counts.
 * What is no certificate is an `invalid-parameter` whose public detail begins with `member`.
 */
export function parseCertificate(bytes: Uint8Array, member = 'cer'): Certificate {
  if (bytes.length > MAX_CERTIFICATE_BYTES) {
    throw new CodedError('invalid-parameter', `${member}: larger than ${MAX_CERTIFICATE_BYTES} bytes`);
  }
  if (bytes[0] === TAG.sequence) return parseCertificateDer(bytes, member);
  const [first = bytes] = certificatesFromPem(Buffer.from(bytes).toString('latin1'), { member });
  return parseCertificateDer(first, member);
}

/**
 * Reads the certificates of a PEM text, all of them in their order, or the one that DER is; refusals as
 * {@link parseCertificate}'s.
 */
export function parseCertificates(bytes: Uint8Array, member = 'cer'): Certificate[] {
  if (bytes[0] === TAG.sequence) return [parseCertificate(bytes, member)];
  if (bytes.length > MAX_PEM_BYTES)
    throw new CodedError('invalid-parameter', `${member}: larger than ${MAX_PEM_BYTES} bytes`);
  const certificatesDer = certificatesFromPem(Buffer.from(bytes).toString('latin1'), { member });
  return certificatesDer.map((der) => parseCertificate(der, member));
}

function parseCertificateDer(certificateDer: Uint8Array, member: string): Certificate {
  const outer = new DerCursor(certificateDer, member);
  const certificate = outer.enter(TAG.sequence);
  outer.finish();
  const tbs = certificate.next(TAG.sequence);
  const signatureAlgorithm = takeSignatureAlgorithm(certificate);
  const { bytes, unusedBits } = takeBitString(certificate);
  const signatureValue = unusedBits === 0 ? bytes : new Uint8Array(0);
  certificate.finish();
  return {
    ...takeTbsFields(certificate.inside(tbs), member),
    certificateDer,
    tbsCertificateDer: tbs.der,
    signatureAlgorithm,
    signatureValue,
    fingerprintSha1: createHash('sha1').update(certificateDer).digest('hex').toUpperCase(),
  };
}

/** TBSCertificate (RFC 5280 4.1.2). */
function takeTbsFields(tbs: DerCursor, member: string) {
  const version = takeVersion(tbs);
  const serial = tbs.next(TAG.integer);
  if (serial.contents.length === 0 || serial.contents.length > MAX_SERIAL_OCTETS) tbs.fail('an invalid serial number');
  takeSignatureAlgorithm(tbs);
  const issuer = takeDistinguishedName(tbs);
  const validity = tbs.enter(TAG.sequence);
  const validFromAt = takeTime(validity);
  const validToAt = takeTime(validity);
  validity.finish();
  const subject = takeDistinguishedName(tbs);
  const subjectPublicKeyInfo = tbs.next(TAG.sequence);
  tbs.optional(contextPrimitive(1));
  tbs.optional(contextPrimitive(2));
  const extensions = tbs.optional(contextConstructed(3));
  tbs.finish();
  return {
    version,
    serialNumber: Buffer.from(serial.contents).toString('hex').toUpperCase(),
    serialNumberDer: serial.der,
    issuer,
    subject,
    isSelfIssued: Buffer.compare(issuer.nameDer, subject.nameDer) === 0,
    validFromAt,
    validToAt,
    subjectPublicKeyInfoDer: subjectPublicKeyInfo.der,
    publicKeyAlgorithm: readPublicKeyAlgorithm(subjectPublicKeyInfo.der, member),
    ...(extensions ? takeExtensions(tbs.inside(extensions), member) : NO_EXTENSIONS),
  };
}

function takeVersion(tbs: DerCursor): 1 | 2 | 3 {
  const explicit = tbs.optional(contextConstructed(0));
  switch (explicit ? takeSmallInteger(tbs.inside(explicit)) : 0) {
    case 0:
      return 1;
    case 1:
      return 2;
    case 2:
      return 3;
    default:
      return tbs.fail('an unknown version');
  }
}
