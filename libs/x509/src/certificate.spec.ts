import { createHash, X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { createTestPki } from '@cinnabar/testing';
import { certificatesFromPem, certificateToPem, parseCertificate } from './index.ts';

const pki = createTestPki();
const anaDer = pki.identity('ana').certificateDer;

/** 405 certificates of NIST's path validation test suite, some of them wrong on purpose. */
const pkits = new URL('../../../../shared/corpus/pkits/certs/', import.meta.url);

describe('a certificate', () => {
  it('is read as the API prints it', () => {
    const certificate = parseCertificate(anaDer);
    const node = new X509Certificate(anaDer);
    expect(certificate).toMatchObject({
      version: 3,
      subject: {
        commonName: 'Ana Prueba Núñez',
        country: 'ES',
        text: 'CN=Ana Prueba Núñez, OU=User, O=Test S.L., L=Valencia, C=ES',
      },
      issuer: { commonName: 'Cinabrio Test User CA' },
      isSelfIssued: false,
      publicKeyAlgorithm: { name: 'RSA', keySizeBits: 2048, curve: undefined },
      signatureAlgorithm: { name: 'sha256RSA', scheme: 'pkcs1', digestAlgorithm: 'SHA256' },
      basicConstraints: { isCa: false },
      fingerprintSha1: node.fingerprint.replaceAll(':', ''),
    });
    expect(certificate.serialNumber.replace(/^00/, '')).toBe(node.serialNumber);
    expect(certificate.validFromAt).toEqual(node.validFromDate);
    expect(certificate.validToAt).toEqual(node.validToDate);
    expect(Buffer.from(certificate.subjectPublicKeyInfoDer)).toEqual(
      node.publicKey.export({ format: 'der', type: 'spki' }),
    );
  });

  it('of an EC key names its curve', () => {
    const certificate = parseCertificate(pki.identity('dario').certificateDer);
    expect(certificate.publicKeyAlgorithm).toEqual({ name: 'EC', keySizeBits: 384, curve: 'P-384' });
  });

  it('is read from PEM, with text around it and several blocks', () => {
    const pem = `Bag Attributes\n${certificateToPem(anaDer)}\n${pki.identity('root').certificatePem}`;
    expect(parseCertificate(Buffer.from(pem)).fingerprintSha1).toBe(parseCertificate(anaDer).fingerprintSha1);
    expect(certificatesFromPem(pem)).toHaveLength(2);
    expect(certificatesFromPem(pem)[0]).toEqual(Buffer.from(anaDer));
  });

  (existsSync(pkits) ? it : it.skip)('is read as OpenSSL reads it, for each certificate of PKITS', () => {
    const files = readdirSync(pkits).filter((file) => file.endsWith('.crt'));
    expect(files.length).toBeGreaterThan(400);
    for (const file of files) {
      const der = readFileSync(new URL(file, pkits));
      const [ours, node] = [parseCertificate(der), new X509Certificate(der)];
      // OpenSSL cannot decode DSA keys that inherit their parameters.
      if (ours.publicKeyAlgorithm.name !== 'DSA') {
        const subjectPublicKeyInfo = node.publicKey.export({ format: 'der', type: 'spki' });
        expect([file, sha256(ours.subjectPublicKeyInfoDer)]).toEqual([file, sha256(subjectPublicKeyInfo)]);
      }
      expect([file, signedValue(ours.serialNumber)]).toEqual([file, signedHex(node.serialNumber)]);
      expect([file, ours.validFromAt, ours.validToAt]).toEqual([file, node.validFromDate, node.validToDate]);
      // OpenSSL calls a CA only what may also sign certificates.
      const isCa = ours.basicConstraints?.isCa === true && (ours.keyUsage?.includes('keyCertSign') ?? true);
      expect([file, isCa]).toEqual([file, node.ca]);
      expect(ours.fingerprintSha1).toBe(node.fingerprint.replaceAll(':', ''));
    }
  });
});

describe('bytes that are no certificate', () => {
  const refuses = (bytes: Uint8Array): void => {
    expect(() => parseCertificate(bytes, 'cer')).toThrow(
      expect.objectContaining({ code: 'invalid-parameter', publicDetail: expect.stringMatching(/^cer: /) as unknown }),
    );
  };

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('hello')],
    ['an empty sequence', Buffer.from('3000', 'hex')],
    ['an indefinite length', Buffer.from('3080', 'hex')],
    ['a length beyond the end', Buffer.from('3084ffffffff', 'hex')],
    ['too much', Buffer.alloc(65 * 1024, 0x30)],
    [
      'deep nesting',
      Buffer.concat(
        Array.from({ length: 8000 }, (_, level) =>
          Buffer.from([0x30, 0x83, 0, 255 - (level >> 8), 255 - (level & 255)]),
        ),
      ),
    ],
    ['bytes at the end', Buffer.concat([anaDer, Buffer.of(0)])],
    ['an endless PEM', Buffer.from('-----BEGIN CERTIFICATE-----'.repeat(2000))],
  ])('are refused: %s', (_, bytes) => {
    const startedAt = performance.now();
    refuses(bytes);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('are refused wherever a certificate is cut off', () => {
    for (let length = 0; length < anaDer.length; length += 3) refuses(anaDer.subarray(0, length));
  });

  it('are refused or read, but never fail otherwise, with any octet changed', () => {
    for (let offset = 0; offset < anaDer.length; offset++) {
      for (const change of [0xff, 0x80, 0x01]) {
        const changed = Buffer.from(anaDer);
        changed[offset] = (changed[offset] ?? 0) ^ change;
        try {
          parseCertificate(changed);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid-parameter' });
        }
      }
    }
  });
});

/** The value of an INTEGER whose octets are given; PKITS has a negative serial number. */
const signedValue = (hex: string): bigint => BigInt.asIntN(hex.length * 4, BigInt(`0x${hex}`));
const signedHex = (hex: string): bigint => (hex.startsWith('-') ? -BigInt(`0x${hex.slice(1)}`) : BigInt(`0x${hex}`));

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
