import { DIGESTS } from '@cinnabar/core';
import { prepareSignedAttributes } from './signed-attributes.ts';
import { assembleSignedData } from './signed-data.ts';

export interface SignedDataLengthInput {
  readonly signerCertificateDer: Uint8Array;
  readonly chainDer: readonly Uint8Array[];
  /** The longest signature value in bytes: the RSA modulus, or a DER ECDSA-Sig-Value at its longest. */
  readonly signatureLength: number;
}

/** The longest `Time` and the longest hash, so that the estimate holds whatever is chosen later. */
const LONGEST_TIME_AT = new Date('2100-01-01T00:00:00Z');
const LONGEST_DIGEST = 'SHA512';

/**
 * An upper bound, in bytes, of what `assembleSignedData` gives for a detached signature with these certificates, for
 * every hash, scheme and set of attributes; at most some 200 bytes above the truth. Found by assembling the longest one.
 */
export function estimateSignedDataLength(input: SignedDataLengthInput): number {
  const { chainDer, signatureLength, signerCertificateDer } = input;
  const { signedAttributesDer } = prepareSignedAttributes({
    contentDigest: new Uint8Array(DIGESTS[LONGEST_DIGEST].length),
    digestAlgorithm: LONGEST_DIGEST,
    signerCertificateDer,
    contentTypeOid: LONGEST_CONTENT_TYPE,
    signingTimeAt: LONGEST_TIME_AT,
    algorithmProtection: 'pss',
  });
  const longest = assembleSignedData({
    signedAttributesDer,
    digestAlgorithm: LONGEST_DIGEST,
    signatureValue: new Uint8Array(signatureLength),
    signatureScheme: 'pss',
    signerCertificateDer,
    chainDer,
  });
  return longest.length;
}

/** id-ct-TSTInfo (RFC 3161 2.4.2): the longest content type that is signed here. */
const LONGEST_CONTENT_TYPE = '1.2.840.113549.1.9.16.1.4';
