import { createHash } from 'node:crypto';
import { type DigestAlgorithm, DIGESTS } from '@cinnabar/core';
import { type Certificate, encodeContext, encodeOctetString, encodeSequence } from '@cinnabar/x509';
import { encodeDigestAlgorithm } from './algorithm-identifiers.ts';

/** The number of `directoryName` in GeneralName (RFC 5280 4.2.1.6). */
const DIRECTORY_NAME = 4;

/**
 * SigningCertificateV2 with one ESSCertIDv2 (RFC 5035 3): binds the signature to this very certificate, so that it
 * cannot be passed off as made with another one of the same key.
 *
 * The certificate is hashed with the signature's hash, but never with MD5 or SHA-1: those would need the older
 * signing-certificate attribute, and a weak binding is none. SHA-256 is the default and is left out, as DER demands.
 */
export function encodeSigningCertificateV2(signer: Certificate, digestAlgorithm: DigestAlgorithm): Uint8Array {
  const certificateDigestAlgorithm = isWeak(digestAlgorithm) ? 'SHA256' : digestAlgorithm;
  const algorithm = certificateDigestAlgorithm === 'SHA256' ? [] : [encodeDigestAlgorithm(certificateDigestAlgorithm)];
  const digest = createHash(DIGESTS[certificateDigestAlgorithm].nodeName).update(signer.certificateDer).digest();
  const issuerSerial = encodeSequence(
    encodeSequence(encodeContext(DIRECTORY_NAME, signer.issuer.nameDer)),
    signer.serialNumberDer,
  );
  const certificateId = encodeSequence(...algorithm, encodeOctetString(digest), issuerSerial);
  return encodeSequence(encodeSequence(certificateId));
}

const isWeak = (digestAlgorithm: DigestAlgorithm): boolean => digestAlgorithm === 'MD5' || digestAlgorithm === 'SHA1';
