import { CodedError } from '@cinnabar/core';
import type { KeySpecification } from '@cinnabar/custody';

export interface KeySize {
  readonly specification: KeySpecification;
  /** As Cert.keysize tells it: bits of the modulus or of the curve's field. */
  readonly bits: number;
}

/** `keysize` of Cert/RSAGen: RSA by its bits, elliptic curves by name or, since Cert.keysize tells them so, by bits. */
const KEY_SIZES: Readonly<Record<string, KeySize>> = {
  '2048': { specification: 'RSA-2048', bits: 2048 },
  '3072': { specification: 'RSA-3072', bits: 3072 },
  '4096': { specification: 'RSA-4096', bits: 4096 },
  'P-256': { specification: 'EC-P256', bits: 256 },
  'P-384': { specification: 'EC-P384', bits: 384 },
  'P-521': { specification: 'EC-P521', bits: 521 },
  '256': { specification: 'EC-P256', bits: 256 },
  '384': { specification: 'EC-P384', bits: 384 },
  '521': { specification: 'EC-P521', bits: 521 },
};

/** @throws CodedError `not-supported` for whatever custody cannot have made, or the HSM cannot wrap (Ed25519) */
export function keySizeOf(keysize: string): KeySize {
  const word = keysize.toUpperCase();
  // Not by looking the word up alone: an object also has what it inherits.
  const found = Object.hasOwn(KEY_SIZES, word) ? KEY_SIZES[word] : undefined;
  if (found !== undefined) return found;
  throw new CodedError(
    'not-supported',
    'keys of this size or kind are not made; cert.keysize is 2048, 3072 or 4096 (RSA), or P-256, P-384 or P-521',
  );
}
