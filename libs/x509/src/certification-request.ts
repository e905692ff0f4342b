import { CodedError, type DigestAlgorithm } from '@cinnabar/core';
import {
  encodeBitString,
  encodeContext,
  encodeInteger,
  encodeNull,
  encodeObjectIdentifier,
  encodeSequence,
} from './der/der-writer.ts';
import { encodeNameText } from './name-encoding.ts';
import { readPublicKeyAlgorithm } from './public-key-algorithm.ts';

/** How the key that a request is for signs it. */
export interface RequestSignature {
  readonly scheme: 'pkcs1' | 'ecdsa';
  readonly digestAlgorithm: DigestAlgorithm;
}

interface Algorithm extends RequestSignature {
  /** AlgorithmIdentifier of the signature. */
  readonly algorithmDer: Uint8Array;
}

/** A request that waits for its signature. */
export interface PreparedCertificationRequest extends Algorithm {
  /** DER of the CertificationRequestInfo: what is hashed and signed. */
  readonly toBeSigned: Uint8Array;
}

const ecdsa = (digestAlgorithm: DigestAlgorithm, oid: string): Algorithm => ({
  scheme: 'ecdsa',
  digestAlgorithm,
  // RFC 5758 3.2: no parameters.
  algorithmDer: encodeSequence(encodeObjectIdentifier(oid)),
});

/** By the key; an elliptic curve signs the hash of its own strength. */
const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  RSA: {
    scheme: 'pkcs1',
    digestAlgorithm: 'SHA256',
    // RFC 4055 5: the parameters are NULL.
    algorithmDer: encodeSequence(encodeObjectIdentifier('1.2.840.113549.1.1.11'), encodeNull()),
  },
  'P-256': ecdsa('SHA256', '1.2.840.10045.4.3.2'),
  'P-384': ecdsa('SHA384', '1.2.840.10045.4.3.3'),
  'P-521': ecdsa('SHA512', '1.2.840.10045.4.3.4'),
};

/**
 * The part of a PKCS #10 request (RFC 2986 4.1) that its key signs. It has no attributes: what a certificate says beyond
 * name and key is its issuer's to decide.
 *
 * @param subject a name as RFC 4514 writes it, e.g. `CN=Ana Prueba, O=Test S.L., C=ES`
 * @throws CodedError `invalid-parameter` for the subject, beginning with `member`; `not-supported` for another kind of key
 */
export function prepareCertificationRequest(
  subject: string,
  subjectPublicKeyInfoDer: Uint8Array,
  member = 'subject',
): PreparedCertificationRequest {
  const algorithm = algorithmFor(subjectPublicKeyInfoDer);
  const version = encodeInteger(0);
  const subjectDer = encodeNameText(subject, member);
  // `attributes` is not OPTIONAL: without any it is an empty SET.
  const toBeSigned = encodeSequence(version, subjectDer, subjectPublicKeyInfoDer, encodeContext(0));
  return { toBeSigned, ...algorithm };
}

/**
 * The whole request (RFC 2986 4.2), DER.
 *
 * @param signatureValue PKCS #1 octets, or Ecdsa-Sig-Value in DER
 */
export function finishCertificationRequest(
  { toBeSigned, algorithmDer }: PreparedCertificationRequest,
  signatureValue: Uint8Array,
): Uint8Array {
  return encodeSequence(toBeSigned, algorithmDer, encodeBitString(signatureValue));
}

function algorithmFor(subjectPublicKeyInfoDer: Uint8Array): Algorithm {
  const { name, curve } = readPublicKeyAlgorithm(subjectPublicKeyInfoDer, 'public key');
  const algorithm = ALGORITHMS[curve ?? name];
  if (algorithm === undefined) throw new CodedError('not-supported', 'requests are signed by RSA keys and NIST curves');
  return algorithm;
}
