import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { isKeyOfCertificate, isSelfSigned, orderChain, parseCertificate } from '@cinnabar/x509';
import { createTestPki, STANDARD_TEST_PKI } from './index.ts';

const pki = createTestPki();

describe('test PKI', () => {
  it.each(Object.keys(STANDARD_TEST_PKI) as (keyof typeof STANDARD_TEST_PKI)[])('issues a chain for %s', (name) => {
    const { certificateDer, chainDer, privateKey } = pki.identity(name);
    const leaf = parseCertificate(certificateDer);
    const bag = chainDer.map((der) => parseCertificate(der)).toReversed();
    const chain = orderChain(leaf, bag);
    expect(chain).toHaveLength(1 + chainDer.length);
    expect(isSelfSigned(chain.at(-1) ?? leaf)).toBe(true);
    expect(isKeyOfCertificate(privateKey, leaf)).toBe(true);
  });

  it('is accepted by openssl, and an expired certificate is not', () => {
    expect(opensslVerify('ana')).toContain('OK');
    expect(opensslVerify('clara')).toContain('OK');
    expect(() => opensslVerify('expired')).toThrow(/has expired/);
    expect(() => opensslVerify('notYetValid')).toThrow(/not yet valid/);
  });

  it('names people and purposes as described', () => {
    const certificate = parseCertificate(pki.identity('ana').certificateDer);
    expect(certificate.subject.text).toBe('CN=Ana Prueba Núñez, OU=User, O=Test S.L., L=Valencia, C=ES');
    expect(certificate.keyUsage).toEqual(['digitalSignature', 'nonRepudiation']);
    expect(certificate.extendedKeyUsage).toEqual(['1.3.6.1.5.5.7.3.4']);
  });

  it.each([{}, { legacy: true }])('writes PFX files that openssl reads (%o)', (options) => {
    const pfx = pki.pfx('ana', 'contraseña 1', options);
    const pem = execFileSync('openssl', ['pkcs12', '-legacy', '-nodes', '-passin', 'pass:contraseña 1'], {
      input: pfx,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    expect(createPrivateKey(pem).equals(pki.identity('ana').privateKey)).toBe(true);
    expect(pem.match(/BEGIN CERTIFICATE/g)).toHaveLength(3);
  });

  it('keeps the keys of its entries apart', () => {
    expect(pki.identity('ana').privateKey.equals(pki.identity('expired').privateKey)).toBe(false);
  });
});

function opensslVerify(name: keyof typeof STANDARD_TEST_PKI): string {
  const folder = mkdtempSync(join(tmpdir(), 'test-pki-'));
  try {
    const write = (file: string, pem: string) => writeFileSync(join(folder, file), pem);
    write('root.pem', pki.identity('root').certificatePem);
    write('intermediate.pem', pki.identity('intermediate').certificatePem);
    write('leaf.pem', pki.identity(name).certificatePem);
    const chain = ['-CAfile', 'root.pem', '-untrusted', 'intermediate.pem'];
    return execFileSync('openssl', ['verify', '-x509_strict', ...chain, 'leaf.pem'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
