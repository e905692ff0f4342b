import type { DigestAlgorithm } from '@cinnabar/core';
import type { SignatureScheme } from '@cinnabar/x509';

/**
 * `basic`: adbe.pkcs7.detached (ISO 32000-1 12.8.3.3). `enhanced`: ETSI.CAdES.detached, PAdES-BASELINE-B
 * (EN 319 142-1 6.1).
 */
export type PadesProfile = 'basic' | 'enhanced';

/** What a PAdES signature is to be. */
export interface PadesParameters {
  readonly profile: PadesProfile;
  /** Of the document and of the signed attributes. */
  readonly digestAlgorithm: DigestAlgorithm;
  readonly signatureScheme: SignatureScheme;
  readonly signerCertificateDer: Uint8Array;
  /** The other certificates to embed. */
  readonly chainDer: readonly Uint8Array[];
  readonly signingTimeAt: Date;
  /** Of the user or of the owner of an encrypted document. */
  readonly password?: string | undefined;
  /** Fully qualified name of an empty signature field to sign; left out: a new, invisible field is made. */
  readonly fieldName?: string | undefined;
  /** /Name: who signs, as the signature dictionary may say (ISO 32000-1 table 252). */
  readonly signerName?: string | undefined;
  /** /Reason: the API's `cause`. */
  readonly reason?: string | undefined;
  readonly location?: string | undefined;
  readonly contactInfo?: string | undefined;
}
