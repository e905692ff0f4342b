import { zero } from '@cinnabar/core';
import type { BerElement } from '../ber/ber-element.ts';
import { algorithmOf, childrenOf, octetsOf, TAG } from '../ber/ber-values.ts';
import { derivePbkdf2, readPbkdf2 } from '../derivation/pbkdf2.ts';
import type { IterationBudget } from '../iteration-budget.ts';
import { damaged, unsupported } from '../pfx-errors.ts';
import { decryptCbc } from './cbc.ts';

interface Cipher {
  readonly nodeName: string;
  readonly keyLength: number;
  readonly blockLength: number;
}

/** RFC 8018 B.2. */
const CIPHERS: Readonly<Record<string, Cipher>> = {
  '2.16.840.1.101.3.4.1.2': { nodeName: 'aes-128-cbc', keyLength: 16, blockLength: 16 },
  '2.16.840.1.101.3.4.1.22': { nodeName: 'aes-192-cbc', keyLength: 24, blockLength: 16 },
  '2.16.840.1.101.3.4.1.42': { nodeName: 'aes-256-cbc', keyLength: 32, blockLength: 16 },
  '1.2.840.113549.3.7': { nodeName: 'des-ede3-cbc', keyLength: 24, blockLength: 8 },
};

/** PBES2 (RFC 8018 6.2.2): PBKDF2, then a block cipher in CBC mode. */
export function decryptPbes2(
  parameters: BerElement | undefined,
  ciphertext: Uint8Array,
  utf8Password: Uint8Array,
  budget: IterationBudget,
): Buffer | undefined {
  const [derivation, scheme] = childrenOf(parameters, TAG.sequence);
  const pbkdf2 = readPbkdf2(derivation);
  const { oid, parameters: ivElement } = algorithmOf(scheme);
  const cipher = CIPHERS[oid];
  if (!cipher) throw unsupported(`encryption ${oid}`);
  if (pbkdf2.keyLength !== undefined && pbkdf2.keyLength !== cipher.keyLength)
    throw damaged('a key length that does not fit');
  const iv = octetsOf(ivElement);
  const key = derivePbkdf2(utf8Password, pbkdf2, cipher.keyLength, budget);
  const plaintext = decryptCbc(cipher.nodeName, cipher.blockLength, key, iv, ciphertext);
  zero(key);
  return plaintext;
}
