import type { KeyType } from './protected-key.ts';

/** Keys that custody can have made in the HSM: RSA by the bits of the modulus (exponent 65537), curves by their NIST names. */
export const KEY_SPECIFICATIONS = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-P256', 'EC-P384', 'EC-P521'] as const;
export type KeySpecification = (typeof KEY_SPECIFICATIONS)[number];

/** RSA: the size of the modulus in bits. */
export type KeyShape =
  { readonly keyType: 'RSA'; readonly modulusBits: number } | { readonly keyType: Exclude<KeyType, 'RSA'> };

const SHAPES: Readonly<Record<KeySpecification, KeyShape>> = {
  'RSA-2048': { keyType: 'RSA', modulusBits: 2_048 },
  'RSA-3072': { keyType: 'RSA', modulusBits: 3_072 },
  'RSA-4096': { keyType: 'RSA', modulusBits: 4_096 },
  'EC-P256': { keyType: 'EC-P256' },
  'EC-P384': { keyType: 'EC-P384' },
  'EC-P521': { keyType: 'EC-P521' },
};

export function shapeOf(specification: KeySpecification): KeyShape {
  return SHAPES[specification];
}
