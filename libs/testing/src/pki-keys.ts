import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { TestKeyType } from './pki-description.ts';

const CURVES = { p256: 'P-256', p384: 'P-384', p521: 'P-521' } as const;

/** Keys by type and number of use. Finding RSA primes is slow; tests do not need fresh ones for every PKI. */
const keys = new Map<string, KeyObject>();

/**
 * The `index`-th private key of its type in this process: two PKIs may share keys, two entries of one PKI never do.
 */
export function testPrivateKey(type: TestKeyType, index: number): KeyObject {
  const name = `${type}/${index}`;
  const known = keys.get(name);
  if (known) return known;
  const key = generate(type);
  keys.set(name, key);
  return key;
}

function generate(type: TestKeyType): KeyObject {
  switch (type) {
    case 'p256':
    case 'p384':
    case 'p521':
      return generateKeyPairSync('ec', { namedCurve: CURVES[type] }).privateKey;
    case 'rsa2048':
    case 'rsa3072':
    case 'rsa4096':
      return generateKeyPairSync('rsa', { modulusLength: Number(type.slice(3)) }).privateKey;
  }
}
