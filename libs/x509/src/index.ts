export { type Certificate, MAX_CERTIFICATE_BYTES, parseCertificate, parseCertificates } from './certificate.ts';
export {
  finishCertificationRequest,
  prepareCertificationRequest,
  type PreparedCertificationRequest,
} from './certification-request.ts';
export { encodeNameText } from './name-encoding.ts';
export { certificatesFromPem, certificateToPem } from './pem.ts';
export { isSelfSigned, orderChain } from './certificate-chain.ts';
export { isKeyOfCertificate, publicKeyOf } from './public-key.ts';
export { type DigestSignature, verifyDigest } from './verify/verify-digest.ts';
export { isSignedBy, verifyMessage } from './verify/verify-issued.ts';
export { type DistinguishedName, isSameName, type NameAttribute } from './distinguished-name.ts';
export {
  type BasicConstraints,
  type CertificateExtension,
  type CertificateExtensions,
  KEY_USAGES,
  type KeyUsage,
} from './extensions.ts';
export type { PublicKeyAlgorithm } from './public-key-algorithm.ts';
export type { SignatureAlgorithm, SignatureScheme } from './signature-algorithm.ts';
export { encodeDigestInfo } from './digest-info.ts';
export { DerCursor, type DerElement } from './der/der-cursor.ts';
export {
  decodeObjectIdentifier,
  takeBitString,
  takeBoolean,
  takeObjectIdentifier,
  takeOctetsOfBitString,
  takeSmallInteger,
  takeTime,
} from './der/der-values.ts';
export {
  encodeBitString,
  encodeContext,
  encodeElement,
  encodeInteger,
  encodeNull,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeTime,
} from './der/der-writer.ts';
export { contextConstructed, contextPrimitive, TAG } from './der/tags.ts';
