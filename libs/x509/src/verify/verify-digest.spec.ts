import { constants, createHash, type KeyObject, privateEncrypt, randomBytes, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type DigestAlgorithm, DIGESTS } from '@cinnabar/core';
import { createTestPki } from '@cinnabar/testing';
import { type Certificate, parseCertificate, type SignatureScheme, verifyDigest } from '../index.ts';

const pki = createTestPki({
  rsa2048: { subject: 'CN=RSA 2048' },
  rsa3072: { subject: 'CN=RSA 3072', key: 'rsa3072' },
  p256: { subject: 'CN=P-256', key: 'p256' },
  p384: { subject: 'CN=P-384', key: 'p384' },
  p521: { subject: 'CN=P-521', key: 'p521' },
});

type Name = Parameters<typeof pki.identity>[0];
const certificates = new Map<Name, Certificate>();
const certificateOf = (name: Name): Certificate => {
  const certificate = certificates.get(name) ?? parseCertificate(pki.identity(name).certificateDer);
  certificates.set(name, certificate);
  return certificate;
};

const message = Buffer.from('sign me');

function signedBy(name: Name, scheme: SignatureScheme, digestAlgorithm: DigestAlgorithm, signed: Uint8Array = message) {
  const { nodeName, length } = DIGESTS[digestAlgorithm];
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: length };
  const key: KeyObject = pki.identity(name).privateKey;
  return {
    scheme,
    digestAlgorithm,
    digest: createHash(nodeName).update(signed).digest(),
    signatureValue: sign(nodeName, signed, scheme === 'pss' ? { key, ...pss } : { key }),
  };
}

const CASES = (['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512'] as const).flatMap((digestAlgorithm) => [
  ['rsa2048', 'pkcs1', digestAlgorithm] as const,
  ['rsa2048', 'pss', digestAlgorithm] as const,
  ['p256', 'ecdsa', digestAlgorithm] as const,
  ['p384', 'ecdsa', digestAlgorithm] as const,
  ['p521', 'ecdsa', digestAlgorithm] as const,
]);

describe('the own check of a signature over a digest', () => {
  it.each([...CASES, ['rsa2048', 'pkcs1', 'MD5'] as const, ['rsa3072', 'pss', 'SHA256'] as const])(
    'tells right from wrong for %s, %s, %s',
    (name, scheme, digestAlgorithm) => {
      const signature = signedBy(name, scheme, digestAlgorithm);
      const certificate = certificateOf(name);
      expect(verifyDigest(certificate, signature)).toBe(true);

      const otherDigest = Buffer.from(signature.digest);
      otherDigest[0] = (otherDigest[0] ?? 0) ^ 1;
      expect(verifyDigest(certificate, { ...signature, digest: otherDigest })).toBe(false);

      for (let offset = 0; offset < signature.signatureValue.length; offset += 7) {
        const changed = Buffer.from(signature.signatureValue);
        changed[offset] = (changed[offset] ?? 0) ^ 0x41;
        expect(verifyDigest(certificate, { ...signature, signatureValue: changed })).toBe(false);
      }
      for (const signatureValue of [Buffer.alloc(0), signature.signatureValue.subarray(1), randomBytes(256)]) {
        expect(verifyDigest(certificate, { ...signature, signatureValue })).toBe(false);
      }
    },
  );

  it.each(['p256', 'p384', 'p521'] as const)('agrees with OpenSSL on many signatures of %s', (name) => {
    for (let round = 0; round < 25; round++) {
      expect(verifyDigest(certificateOf(name), signedBy(name, 'ecdsa', 'SHA256', randomBytes(20)))).toBe(true);
    }
  });

  it('accepts ECDSA over a digest of zeros, whose ratio is zero', () => {
    // With e = 0 a valid pair is r = x(kQ), s = r/k; k = 1 gives r = s = x(Q).
    const { x = '' } = pki.identity('p256').privateKey.export({ format: 'jwk' });
    const r = Buffer.from(x, 'base64url').toString('hex');
    const integer = /^[89a-f]/.test(r) ? `022100${r}` : `0220${r}`;
    const body = integer + integer;
    const signatureValue = Buffer.from(`30${(body.length / 2).toString(16)}${body}`, 'hex');
    const signature = { scheme: 'ecdsa', digestAlgorithm: 'SHA256', digest: Buffer.alloc(32), signatureValue } as const;
    expect(verifyDigest(certificateOf('p256'), signature)).toBe(true);
  });

  it.each([
    ['r = 0', '3006020100020101'],
    ['s = 0', '3006020101020100'],
    ['a negative r', '30060201ff020101'],
    ['r = s = 1', '3006020101020101'],
    ['r = the order', '3026022100ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551020101'],
    ['bytes at the end', '300602010102010100'],
    ['three numbers', '3009020101020101020101'],
    ['an empty number', '30050200020101'],
  ])('refuses ECDSA with %s', (_, hex) => {
    const signature = { ...signedBy('p256', 'ecdsa', 'SHA256'), signatureValue: Buffer.from(hex, 'hex') };
    expect(verifyDigest(certificateOf('p256'), signature)).toBe(false);
  });

  it('refuses a number of absurd length at once', () => {
    const body = Buffer.concat([Buffer.from('0282ffff', 'hex'), Buffer.alloc(65535, 1), Buffer.from('020101', 'hex')]);
    const signatureValue = Buffer.concat([Buffer.from('3083010006', 'hex'), body]);
    expect(verifyDigest(certificateOf('p256'), { ...signedBy('p256', 'ecdsa', 'SHA256'), signatureValue })).toBe(false);
  });

  it('checks a bare digest without DigestInfo, as TLS 1.0 signs it', () => {
    const digest = randomBytes(36);
    const key = pki.identity('rsa2048').privateKey;
    const signatureValue = privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digest);
    expect(verifyDigest(certificateOf('rsa2048'), { scheme: 'pkcs1', digest, signatureValue })).toBe(true);
    expect(verifyDigest(certificateOf('rsa2048'), { scheme: 'pkcs1', digest: randomBytes(36), signatureValue })).toBe(
      false,
    );
  });

  it('names what cannot be checked', () => {
    const signature = signedBy('rsa2048', 'pkcs1', 'SHA256');
    const check = (name: Name, change: object) => () => verifyDigest(certificateOf(name), { ...signature, ...change });
    expect(check('rsa2048', { digestAlgorithm: 'SHA512' })).toThrow(
      expect.objectContaining({ code: 'invalid-parameter' }),
    );
    expect(check('rsa2048', { scheme: 'pss', digestAlgorithm: undefined })).toThrow(
      expect.objectContaining({ code: 'invalid-parameter' }),
    );
    expect(check('p256', {})).toThrow(expect.objectContaining({ code: 'not-supported' }));
    expect(check('rsa2048', { scheme: 'ecdsa' })).toThrow(expect.objectContaining({ code: 'not-supported' }));
  });
});
