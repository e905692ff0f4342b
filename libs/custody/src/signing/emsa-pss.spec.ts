import { describe, expect, it } from '@jest/globals';
import { constants, createHash, createSign, generateKeyPairSync, publicDecrypt, randomBytes } from 'node:crypto';
import { encodeEmsaPss, verifyEmsaPss } from './emsa-pss.ts';

describe('EMSA-PSS', () => {
  // 1025 bits: the encoded message is one octet shorter than the modulus.
  const sizes = [1024, 1025, 1030, 2048] as const;

  it.each(sizes)('accepts what OpenSSL signs with RSA-%i, and nothing that differs in a bit', (modulusLength) => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
    const message = randomBytes(20);
    const signature = createSign('sha256').update(message).sign({
      key: privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    });
    const encoded = publicDecrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, signature);
    const digest = createHash('sha256').update(message).digest();
    expect(verifyEmsaPss(encoded, digest, 'SHA256', modulusLength)).toBe(true);
    for (let at = 0; at < encoded.length; at += 1) {
      const changed = Buffer.from(encoded);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      expect(verifyEmsaPss(changed, digest, 'SHA256', modulusLength)).toBe(false);
    }
    expect(verifyEmsaPss(encoded, randomBytes(32), 'SHA256', modulusLength)).toBe(false);
  });

  it('refuses a salt of another length', () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    const signature = createSign('sha256').update('x').sign({ key: privateKey, padding, saltLength: 20 });
    const encoded = publicDecrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, signature);
    expect(verifyEmsaPss(encoded, createHash('sha256').update('x').digest(), 'SHA256', 1024)).toBe(false);
  });

  it.each(sizes)('encodes what it accepts, for %i bits', (modulusBits) => {
    const digest = randomBytes(32);
    const encoded = encodeEmsaPss(digest, randomBytes(32), 'SHA256', modulusBits);
    expect(encoded.length).toBe(Math.ceil(modulusBits / 8));
    expect(verifyEmsaPss(encoded, digest, 'SHA256', modulusBits)).toBe(true);
  });

  it('does not fit SHA-512 with its salt into 1,024 bits', () => {
    expect(verifyEmsaPss(new Uint8Array(128), new Uint8Array(64), 'SHA512', 1024)).toBe(false);
  });
});
