import { CodedError, DIGESTS, type DigestAlgorithm } from '@cinnabar/core';
import {
  encodeContext,
  encodeInteger,
  encodeNull,
  encodeObjectIdentifier,
  encodeSequence,
  type SignatureScheme,
} from '@cinnabar/x509';
import { ID_MGF1, ID_RSA_ENCRYPTION, ID_RSASSA_PSS } from './oids.ts';

/** ecdsa-with-SHA… (RFC 5758 3.2, RFC 3279 2.2.3). */
const ECDSA_OIDS: Readonly<Partial<Record<DigestAlgorithm, string>>> = {
  SHA1: '1.2.840.10045.4.1',
  SHA224: '1.2.840.10045.4.3.1',
  SHA256: '1.2.840.10045.4.3.2',
  SHA384: '1.2.840.10045.4.3.3',
  SHA512: '1.2.840.10045.4.3.4',
};

/** DigestAlgorithmIdentifier: no parameters for the SHA family (RFC 5754 2, RFC 3370 2.1), NULL for MD5 (RFC 3370 2.2). */
export function encodeDigestAlgorithm(digestAlgorithm: DigestAlgorithm): Uint8Array {
  const oid = encodeObjectIdentifier(DIGESTS[digestAlgorithm].oid);
  return digestAlgorithm === 'MD5' ? encodeSequence(oid, encodeNull()) : encodeSequence(oid);
}

/**
 * SignatureAlgorithmIdentifier. RSASSA-PKCS1-v1_5 is named by `rsaEncryption`, the one form that every CMS reader must
 * know (RFC 3370 3.2, RFC 5754 3.2); the hash is named beside it, in `digestAlgorithm`.
 */
export function encodeSignatureAlgorithm(scheme: SignatureScheme, digestAlgorithm: DigestAlgorithm): Uint8Array {
  switch (scheme) {
    case 'pkcs1':
      return encodeSequence(encodeObjectIdentifier(ID_RSA_ENCRYPTION), encodeNull());
    case 'pss':
      return encodeSequence(encodeObjectIdentifier(ID_RSASSA_PSS), encodePssParameters(digestAlgorithm));
    case 'ecdsa': {
      const oid = ECDSA_OIDS[digestAlgorithm];
      if (!oid) throw new CodedError('not-supported', `ECDSA with ${digestAlgorithm}`);
      return encodeSequence(encodeObjectIdentifier(oid));
    }
  }
}

/**
 * RSASSA-PSS-params (RFC 4055 3.1): MGF1 over the same hash, a salt as long as the digest (RFC 4056 3). Defaults are
 * left out, as DER demands: they are SHA-1's.
 */
function encodePssParameters(digestAlgorithm: DigestAlgorithm): Uint8Array {
  if (digestAlgorithm === 'SHA1') return encodeSequence();
  const { oid, length } = DIGESTS[digestAlgorithm];
  // RFC 4055 2.1 and 6 write the hash of PSS with NULL parameters, unlike the one of SignerInfo.
  const hash = encodeSequence(encodeObjectIdentifier(oid), encodeNull());
  return encodeSequence(
    encodeContext(0, hash),
    encodeContext(1, encodeSequence(encodeObjectIdentifier(ID_MGF1), hash)),
    encodeContext(2, encodeInteger(length)),
  );
}
