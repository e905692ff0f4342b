import { DIGESTS, type DigestAlgorithm } from '@cinnabar/core';
import type { DerCursor } from './der/der-cursor.ts';
import { takeObjectIdentifier, takeSmallInteger } from './der/der-values.ts';
import { contextConstructed, TAG } from './der/tags.ts';

/** How a signature value is made: RSASSA-PKCS1-v1_5, RSASSA-PSS (both RFC 8017) or ECDSA in DER (RFC 3279 2.2.3). */
export type SignatureScheme = 'pkcs1' | 'pss' | 'ecdsa';

/** The signature algorithm that a certificate names. */
export interface SignatureAlgorithm {
  readonly oid: string;
  /** As Windows and the API print it: `sha256RSA`, `sha384ECDSA`, `RSASSA-PSS`; the dotted OID of another. */
  readonly name: string;
  /** Undefined for Ed25519, DSA and unknown algorithms. */
  readonly scheme: SignatureScheme | undefined;
  readonly digestAlgorithm: DigestAlgorithm | undefined;
  /** Bytes of salt, RSASSA-PSS only. */
  readonly saltLength: number | undefined;
}

type Row = readonly [name: string, scheme?: SignatureScheme, digestAlgorithm?: DigestAlgorithm];

const RSASSA_PSS_OID = '1.2.840.113549.1.1.10';
const ED25519_OID = '1.3.101.112';

const SIGNATURE_ALGORITHMS: Readonly<Record<string, Row>> = {
  '1.2.840.113549.1.1.2': ['md2RSA'],
  '1.2.840.113549.1.1.4': ['md5RSA', 'pkcs1', 'MD5'],
  '1.2.840.113549.1.1.5': ['sha1RSA', 'pkcs1', 'SHA1'],
  '1.3.14.3.2.29': ['sha1RSA', 'pkcs1', 'SHA1'],
  '1.2.840.113549.1.1.14': ['sha224RSA', 'pkcs1', 'SHA224'],
  '1.2.840.113549.1.1.11': ['sha256RSA', 'pkcs1', 'SHA256'],
  '1.2.840.113549.1.1.12': ['sha384RSA', 'pkcs1', 'SHA384'],
  '1.2.840.113549.1.1.13': ['sha512RSA', 'pkcs1', 'SHA512'],
  '1.2.840.10045.4.1': ['sha1ECDSA', 'ecdsa', 'SHA1'],
  '1.2.840.10045.4.3.1': ['sha224ECDSA', 'ecdsa', 'SHA224'],
  '1.2.840.10045.4.3.2': ['sha256ECDSA', 'ecdsa', 'SHA256'],
  '1.2.840.10045.4.3.3': ['sha384ECDSA', 'ecdsa', 'SHA384'],
  '1.2.840.10045.4.3.4': ['sha512ECDSA', 'ecdsa', 'SHA512'],
  '1.2.840.10040.4.3': ['sha1DSA'],
  '2.16.840.1.101.3.4.3.2': ['sha256DSA'],
  [ED25519_OID]: ['ed25519'],
  '1.3.101.113': ['ed448'],
};

/** Takes the `signatureAlgorithm` of a certificate (RFC 5280 4.1.1.2; RFC 4055 3.1 for PSS). */
export function takeSignatureAlgorithm(cursor: DerCursor): SignatureAlgorithm {
  const identifier = cursor.enter(TAG.sequence);
  const oid = takeObjectIdentifier(identifier);
  if (oid === RSASSA_PSS_OID) return { oid, name: 'RSASSA-PSS', scheme: 'pss', ...takePssParameters(identifier) };
  const [name, scheme, digestAlgorithm] = SIGNATURE_ALGORITHMS[oid] ?? [oid];
  return { oid, name, scheme, digestAlgorithm, saltLength: undefined };
}

export const isEd25519 = ({ oid }: SignatureAlgorithm): boolean => oid === ED25519_OID;

/** RSASSA-PSS-params (RFC 4055 3.1). The mask must use the same hash: no issuer does otherwise, and Node cannot. */
function takePssParameters(identifier: DerCursor): Pick<SignatureAlgorithm, 'digestAlgorithm' | 'saltLength'> {
  const defaults = { digestAlgorithm: 'SHA1', saltLength: 20 } as const;
  if (identifier.atEnd) return defaults;
  const parameters = identifier.enter(TAG.sequence);
  const hash = parameters.optional(contextConstructed(0));
  const mask = parameters.optional(contextConstructed(1));
  const salt = parameters.optional(contextConstructed(2));
  const digestAlgorithm = hash ? takeDigestAlgorithm(parameters.inside(hash)) : defaults.digestAlgorithm;
  let maskDigestAlgorithm: DigestAlgorithm | undefined = defaults.digestAlgorithm;
  if (mask) {
    const maskIdentifier = parameters.inside(mask).enter(TAG.sequence);
    takeObjectIdentifier(maskIdentifier);
    maskDigestAlgorithm = takeDigestAlgorithm(maskIdentifier);
  }
  return {
    digestAlgorithm: digestAlgorithm === maskDigestAlgorithm ? digestAlgorithm : undefined,
    saltLength: salt ? takeSmallInteger(parameters.inside(salt)) : defaults.saltLength,
  };
}

function takeDigestAlgorithm(cursor: DerCursor): DigestAlgorithm | undefined {
  const oid = takeObjectIdentifier(cursor.enter(TAG.sequence));
  return (Object.keys(DIGESTS) as DigestAlgorithm[]).find((name) => DIGESTS[name].oid === oid);
}
