import { describe, expect, it } from '@jest/globals';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { createKeyPair } from '@cinnabar/testing';
import { pkcs8Of } from './pkcs8-encoding.ts';
import { readPkcs8 } from './pkcs8.ts';

describe('a PrivateKeyInfo written from its parts', () => {
  it.each(['rsa-2048', 'rsa-2056', 'rsa-4096'])('is byte for byte what OpenSSL writes for %s', (kind) => {
    const { pkcs8Der } = createKeyPair(kind);
    expect(Buffer.from(pkcs8Of(readPkcs8(pkcs8Der)))).toEqual(Buffer.from(pkcs8Der));
  });

  it.each(['prime256v1', 'secp384r1', 'secp521r1'])('is read by OpenSSL as the same key on %s', (curve) => {
    const { pkcs8Der, spkiDer } = createKeyPair(curve);
    const key = Buffer.from(pkcs8Of(readPkcs8(pkcs8Der)));
    const publicKey = createPublicKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
    expect(publicKey.export({ format: 'der', type: 'spki' })).toEqual(Buffer.from(spkiDer));
  });
});
