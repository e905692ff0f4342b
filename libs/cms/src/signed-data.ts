import type { DigestAlgorithm } from '@cinnabar/core';
import {
  type Certificate,
  contextConstructed,
  encodeContext,
  encodeInteger,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  parseCertificate,
  type SignatureScheme,
} from '@cinnabar/x509';
import { encodeDigestAlgorithm, encodeSignatureAlgorithm } from './algorithm-identifiers.ts';
import { encodeSetOf } from './der-set-of.ts';
import { ID_DATA, ID_SIGNED_DATA } from './oids.ts';
import { readContentType } from './signed-attributes.ts';

export interface SignedDataParts {
  /** From `prepareSignedAttributes`, unchanged. */
  readonly signedAttributesDer: Uint8Array;
  /** The hash of the content and of the signed attributes. */
  readonly digestAlgorithm: DigestAlgorithm;
  /** The signature over `signedAttributesDer`. RSA: as long as the modulus; ECDSA: DER ECDSA-Sig-Value. */
  readonly signatureValue: Uint8Array;
  readonly signatureScheme: SignatureScheme;
  readonly signerCertificateDer: Uint8Array;
  /** The other certificates to embed, in any order; duplicates are dropped. */
  readonly chainDer: readonly Uint8Array[];
  /** Given: the content is enclosed. Left out: the signature is detached. */
  readonly content?: Uint8Array;
}

/**
 * Puts a signature of one signer together: ContentInfo with SignedData (RFC 5652 3 and 5.1), all in DER. Certificates
 * are embedded byte for byte, so that no signature of theirs can break.
 */
export function assembleSignedData(parts: SignedDataParts): Uint8Array {
  const { chainDer, content, digestAlgorithm, signedAttributesDer, signerCertificateDer } = parts;
  const contentTypeOid = readContentType(signedAttributesDer);
  const signer = parseCertificate(signerCertificateDer, 'certificate');
  const eContent = content ? [encodeContext(0, encodeOctetString(content))] : [];
  const signedData = encodeSequence(
    // RFC 5652 5.1: version 3 as soon as the content is of another type than id-data.
    encodeInteger(contentTypeOid === ID_DATA ? 1 : 3),
    encodeSetOf([encodeDigestAlgorithm(digestAlgorithm)]),
    encodeSequence(encodeObjectIdentifier(contentTypeOid), ...eContent),
    encodeSetOf(distinct([signer.certificateDer, ...chainDer]), contextConstructed(0)),
    encodeSetOf([encodeSignerInfo(parts, signer)]),
  );
  return encodeSequence(encodeObjectIdentifier(ID_SIGNED_DATA), encodeContext(0, signedData));
}

/** SignerInfo (RFC 5652 5.3), version 1: the signer is named by issuer and serial number. */
function encodeSignerInfo(parts: SignedDataParts, signer: Certificate): Uint8Array {
  const { digestAlgorithm, signatureScheme, signatureValue, signedAttributesDer } = parts;
  // What was signed carries the SET tag; here it stands as [0] IMPLICIT, the same octets behind another tag (5.4).
  const implicitAttributes = Uint8Array.from(signedAttributesDer);
  implicitAttributes[0] = contextConstructed(0);
  return encodeSequence(
    encodeInteger(1),
    encodeSequence(signer.issuer.nameDer, signer.serialNumberDer),
    encodeDigestAlgorithm(digestAlgorithm),
    implicitAttributes,
    encodeSignatureAlgorithm(signatureScheme, digestAlgorithm),
    encodeOctetString(signatureValue),
  );
}

function distinct(certificatesDer: readonly Uint8Array[]): Uint8Array[] {
  return certificatesDer.filter(
    (certificateDer, index) =>
      certificatesDer.findIndex((other) => Buffer.compare(other, certificateDer) === 0) === index,
  );
}
