import pkcs11js from 'pkcs11js';
import { CodedError, DIGESTS, type DigestAlgorithm } from '@cinnabar/core';
import { pkcs1Payload } from '../signing/digest-info.ts';
import type { TokenSignature } from '../token.ts';

/** CK_RSA_PKCS_PSS_PARAMS. */
export interface PssParameters {
  readonly hashAlg: number;
  readonly mgf: number;
  readonly saltLen: number;
}

export interface SigningMechanism {
  /** CK_MECHANISM_TYPE. */
  readonly mechanism: number;
  readonly pss?: PssParameters;
  /** What C_Sign is given: a DigestInfo for PKCS#1 v1.5, otherwise the digest. */
  readonly input: Uint8Array;
}

/** PSS parameters by hash: CKM_<hash> and CKG_MGF1_<hash> (PKCS#11 2.40 2.1.10). */
const PSS_HASHES: Readonly<Partial<Record<DigestAlgorithm, Omit<PssParameters, 'saltLen'>>>> = {
  SHA1: { hashAlg: pkcs11js.CKM_SHA_1, mgf: pkcs11js.CKG_MGF1_SHA1 },
  SHA224: { hashAlg: pkcs11js.CKM_SHA224, mgf: pkcs11js.CKG_MGF1_SHA224 },
  SHA256: { hashAlg: pkcs11js.CKM_SHA256, mgf: pkcs11js.CKG_MGF1_SHA256 },
  SHA384: { hashAlg: pkcs11js.CKM_SHA384, mgf: pkcs11js.CKG_MGF1_SHA384 },
  SHA512: { hashAlg: pkcs11js.CKM_SHA512, mgf: pkcs11js.CKG_MGF1_SHA512 },
};

/** @throws CodedError `not-supported` for PSS with a hash that PKCS#11 does not name */
export function signingMechanism({ scheme, digestAlgorithm, digest }: TokenSignature): SigningMechanism {
  if (scheme === 'ecdsa') return { mechanism: pkcs11js.CKM_ECDSA, input: digest };
  if (scheme === 'pkcs1') {
    return { mechanism: pkcs11js.CKM_RSA_PKCS, input: pkcs1Payload(digestAlgorithm, digest) };
  }
  const hash = digestAlgorithm === 'MD5+SHA1' ? undefined : PSS_HASHES[digestAlgorithm];
  if (hash === undefined || digestAlgorithm === 'MD5+SHA1') {
    throw new CodedError('not-supported', `hash.scheme: pss with ${digestAlgorithm}`);
  }
  const pss = { ...hash, saltLen: DIGESTS[digestAlgorithm].length };
  return { mechanism: pkcs11js.CKM_RSA_PKCS_PSS, pss, input: digest };
}
