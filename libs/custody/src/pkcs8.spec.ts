import { describe, expect, it } from '@jest/globals';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { createKeyPair } from '@cinnabar/testing';
import { CodedError } from '@cinnabar/core';
import { readPkcs8 } from './pkcs8.ts';
import { copyParts, zeroParts } from './pkcs8-parts.ts';

describe('readPkcs8', () => {
  it('finds the numbers that OpenSSL finds', () => {
    const { pkcs8Der } = createKeyPair('rsa-2048');
    const parts = readPkcs8(pkcs8Der);
    const jwk = createPrivateKey({ key: Buffer.from(pkcs8Der), format: 'der', type: 'pkcs8' }).export({
      format: 'jwk',
    });
    if (parts.keyType !== 'RSA') throw new Error('not RSA');
    const { modulus, publicExponent, privateExponent, prime1, prime2, exponent1, exponent2, coefficient } = parts;
    const numbers = [modulus, publicExponent, privateExponent, prime1, prime2, exponent1, exponent2, coefficient];
    const found = numbers.map((octets) => Buffer.from(octets).toString('base64url'));
    expect(found).toEqual([jwk.n, jwk.e, jwk.d, jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi]);
  });

  it('returns views: zeroing the PKCS#8 leaves nothing behind', () => {
    const { pkcs8Der } = createKeyPair('secp384r1');
    const parts = readPkcs8(pkcs8Der);
    const copy = copyParts(parts);
    zeroParts(copy);
    if (parts.keyType === 'RSA' || copy.keyType === 'RSA') throw new Error('not EC');
    expect(copy.scalar.every((octet) => octet === 0)).toBe(true);
    expect(parts.scalar.every((octet) => octet === 0)).toBe(false);
    pkcs8Der.fill(0);
    expect(parts.scalar.every((octet) => octet === 0)).toBe(true);
  });

  it.each(['rsa-2048', 'prime256v1'])(
    'refuses every truncation of %s, and never with anything but a coded error',
    (kind) => {
      const { pkcs8Der } = createKeyPair(kind);
      for (let length = 0; length < pkcs8Der.length; length += 1) {
        expect(codeOf(() => readPkcs8(pkcs8Der.subarray(0, length)))).toMatch(/^(invalid-parameter|not-supported)$/);
      }
    },
  );

  it('survives every changed octet', () => {
    const { pkcs8Der } = createKeyPair('prime256v1');
    for (let at = 0; at < pkcs8Der.length; at += 1) {
      for (const value of [0x00, 0x7f, 0x80, 0x84, 0xff]) {
        const changed = Uint8Array.from(pkcs8Der);
        changed[at] = value;
        expect(codeOf(() => readPkcs8(changed))).toMatch(/^(ok|invalid-parameter|not-supported)$/);
      }
    }
  });

  it('refuses keys that are bound to PSS, which PKCS#11 cannot bind', () => {
    const { privateKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    const pkcs8Der = privateKey.export({ format: 'der', type: 'pkcs8' });
    expect(codeOf(() => readPkcs8(pkcs8Der))).toBe('not-supported');
  });
});

function codeOf(read: () => unknown): string {
  try {
    read();
    return 'ok';
  } catch (error) {
    return CodedError.is(error) ? error.code : 'something else';
  }
}
