import type { DigestAlgorithm } from '@cinnabar/core';
import type { ByteRange } from '@cinnabar/pdf';
import type { SignatureScheme } from '@cinnabar/x509';

/**
 * What `finishPades` needs to know of `preparePades`, as plain JSON. It holds nothing secret: neither a password nor a
 * key of an encrypted document, whose new objects are encrypted already.
 */
export interface PadesState {
  /** Layout of this state; another is refused. */
  readonly format: 'pades-1';
  /** Length of the original in bytes. */
  readonly originalLength: number;
  /** What is put behind the original, with zeros for the signature. Base64, as all bytes here. */
  readonly incrementBase64: string;
  /** Offset of the placeholder in the increment, and the bytes of DER that it holds. */
  readonly contentsAt: number;
  readonly capacity: number;
  readonly byteRange: ByteRange;
  readonly digestAlgorithm: DigestAlgorithm;
  readonly signatureScheme: SignatureScheme;
  /** Digest of the byte range: another document of the same length is found out by it. */
  readonly contentDigestBase64: string;
  readonly signedAttributesBase64: string;
  readonly signerCertificateBase64: string;
  readonly chainBase64: readonly string[];
}

export const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
/** A copy: what is made of it may be changed. */
export const fromBase64 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));
