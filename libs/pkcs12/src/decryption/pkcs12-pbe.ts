import { zero } from '@cinnabar/core';
import type { BerElement } from '../ber/ber-element.ts';
import { childrenOf, octetsOf, smallIntegerOf, TAG } from '../ber/ber-values.ts';
import { derivePkcs12, PURPOSE } from '../derivation/pkcs12-kdf.ts';
import type { IterationBudget } from '../iteration-budget.ts';
import { unsupported } from '../pfx-errors.ts';
import { decryptCbc, requireBlocks } from './cbc.ts';
import { unpad } from './padding.ts';
import { decryptRc2Cbc } from './rc2.ts';

const BLOCK_LENGTH = 8;

interface Scheme {
  readonly keyLength: number;
  readonly decrypt: (key: Uint8Array, iv: Uint8Array, ciphertext: Uint8Array) => Buffer | undefined;
}

const rc2 = (effectiveBits: number): Scheme => ({
  keyLength: effectiveBits / 8,
  decrypt: (key, iv, ciphertext) => {
    requireBlocks(BLOCK_LENGTH, iv, ciphertext);
    return unpad(decryptRc2Cbc(key, effectiveBits, iv, ciphertext), BLOCK_LENGTH);
  },
});

const openSsl = (nodeName: string, keyLength: number): Scheme => ({
  keyLength,
  decrypt: (key, iv, ciphertext) => decryptCbc(nodeName, BLOCK_LENGTH, key, iv, ciphertext),
});

/** pbeWithSHAAnd… (RFC 7292 C). The two RC4 schemes (1 and 2) are not read. */
const SCHEMES: Readonly<Record<string, Scheme>> = {
  '1.2.840.113549.1.12.1.3': openSsl('des-ede3-cbc', 24),
  '1.2.840.113549.1.12.1.4': openSsl('des-ede-cbc', 16),
  '1.2.840.113549.1.12.1.5': rc2(128),
  '1.2.840.113549.1.12.1.6': rc2(40),
};

/** The encryption of old PFX files: key and initialisation vector by RFC 7292 B with SHA-1, then a 64-bit block cipher. */
export function decryptPkcs12Pbe(
  oid: string,
  parameters: BerElement | undefined,
  ciphertext: Uint8Array,
  bmpPassword: Uint8Array,
  budget: IterationBudget,
): Buffer | undefined {
  const scheme = SCHEMES[oid];
  if (!scheme) throw unsupported(`encryption ${oid}`);
  const [saltElement, iterationsElement] = childrenOf(parameters, TAG.sequence);
  const salt = octetsOf(saltElement);
  const iterations = smallIntegerOf(iterationsElement);
  budget.spend(iterations);
  const derive = (purpose: 1 | 2, length: number): Buffer =>
    derivePkcs12(bmpPassword, { digestAlgorithm: 'SHA1', purpose, salt, iterations, length });
  const key = derive(PURPOSE.key, scheme.keyLength);
  const iv = derive(PURPOSE.initialisationVector, BLOCK_LENGTH);
  const plaintext = scheme.decrypt(key, iv, ciphertext);
  zero(key, iv);
  return plaintext;
}
