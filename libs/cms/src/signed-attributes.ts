import { CodedError, type DigestAlgorithm, DIGESTS } from '@cinnabar/core';
import {
  DerCursor,
  encodeElement,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeTime,
  parseCertificate,
  type SignatureScheme,
  TAG,
  takeObjectIdentifier,
} from '@cinnabar/x509';
import { encodeDigestAlgorithm, encodeSignatureAlgorithm } from './algorithm-identifiers.ts';
import { encodeSetOf } from './der-set-of.ts';
import {
  ID_CMS_ALGORITHM_PROTECT,
  ID_CONTENT_TYPE,
  ID_DATA,
  ID_MESSAGE_DIGEST,
  ID_SIGNING_CERTIFICATE_V2,
  ID_SIGNING_TIME,
} from './oids.ts';
import { encodeSigningCertificateV2 } from './signing-certificate.ts';

export interface SignedAttributesInput {
  /** Digest of the content octets, made with `digestAlgorithm`. */
  readonly contentDigest: Uint8Array;
  readonly digestAlgorithm: DigestAlgorithm;
  readonly signerCertificateDer: Uint8Array;
  /** Dotted OID of the content's type; `id-data` unless given. */
  readonly contentTypeOid?: string;
  /** Left out of PAdES, where the signature dictionary tells the time (EN 319 142-1 6.3). */
  readonly signingTimeAt?: Date;
  /** Given: a CMSAlgorithmProtection attribute (RFC 6211) fixes this scheme together with the hash. */
  readonly algorithmProtection?: SignatureScheme;
}

export interface SignedAttributes {
  /** The attributes as a DER SET OF: what is hashed and signed (RFC 5652 5.4), and what `assembleSignedData` takes. */
  readonly signedAttributesDer: Uint8Array;
}

/**
 * Builds the signed attributes of a CAdES or PAdES signature (EN 319 122-1 5.1 and 5.2): content-type, message-digest,
 * signing-certificate-v2 and what was asked for beyond.
 *
 * A digest that does not fit its algorithm and a certificate that is none are `invalid-parameter`.
 */
export function prepareSignedAttributes(input: SignedAttributesInput): SignedAttributes {
  const { algorithmProtection, contentDigest, digestAlgorithm, signingTimeAt } = input;
  if (contentDigest.length !== DIGESTS[digestAlgorithm].length) {
    throw new CodedError('invalid-parameter', `digest: ${contentDigest.length} bytes do not fit ${digestAlgorithm}`);
  }
  const signer = parseCertificate(input.signerCertificateDer, 'certificate');
  const attributes = [
    encodeAttribute(ID_CONTENT_TYPE, encodeObjectIdentifier(input.contentTypeOid ?? ID_DATA)),
    encodeAttribute(ID_MESSAGE_DIGEST, encodeOctetString(contentDigest)),
    encodeAttribute(ID_SIGNING_CERTIFICATE_V2, encodeSigningCertificateV2(signer, digestAlgorithm)),
  ];
  if (signingTimeAt) attributes.push(encodeAttribute(ID_SIGNING_TIME, encodeTime(signingTimeAt)));
  if (algorithmProtection) {
    const protection = encodeAlgorithmProtection(algorithmProtection, digestAlgorithm);
    attributes.push(encodeAttribute(ID_CMS_ALGORITHM_PROTECT, protection));
  }
  return { signedAttributesDer: encodeSetOf(attributes) };
}

/** The content type that signed attributes name; `eContentType` has to repeat it (RFC 5652 11.1). */
export function readContentType(signedAttributesDer: Uint8Array): string {
  const outer = new DerCursor(signedAttributesDer, 'signedAttributes');
  const attributes = outer.enter(TAG.set);
  outer.finish();
  while (!attributes.atEnd) {
    const attribute = attributes.enter(TAG.sequence);
    if (takeObjectIdentifier(attribute) === ID_CONTENT_TYPE) return takeObjectIdentifier(attribute.enter(TAG.set));
  }
  throw new CodedError('invalid-parameter', 'signedAttributes: no content-type attribute');
}

/** Attribute (RFC 5652 5.3) with a single value. */
function encodeAttribute(oid: string, value: Uint8Array): Uint8Array {
  return encodeSequence(encodeObjectIdentifier(oid), encodeElement(TAG.set, value));
}

/** CMSAlgorithmProtection (RFC 6211 2): its module has IMPLICIT tags, so [1] replaces the SEQUENCE tag. */
function encodeAlgorithmProtection(scheme: SignatureScheme, digestAlgorithm: DigestAlgorithm): Uint8Array {
  const signatureAlgorithm = encodeSignatureAlgorithm(scheme, digestAlgorithm);
  const implicit = Uint8Array.from(signatureAlgorithm);
  implicit[0] = 0xa1;
  return encodeSequence(encodeDigestAlgorithm(digestAlgorithm), implicit);
}
