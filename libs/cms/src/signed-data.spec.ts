import { execFileSync } from 'node:child_process';
import { constants, createHash, createPrivateKey, sign, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type DigestAlgorithm, DIGESTS } from '@cinnabar/core';
import { certificatesFromPem, type SignatureScheme } from '@cinnabar/x509';
import * as asn1js from 'asn1js';
import { assembleSignedData, estimateSignedDataLength, prepareSignedAttributes, verifySignedData } from './index.ts';

const content = Buffer.from('Lorem ipsum dolor sit amet, consectetur adipisici elit');

interface Signer {
  readonly certificateDer: Uint8Array;
  readonly privateKey: KeyObject;
}

interface SignOptions {
  readonly scheme: SignatureScheme;
  readonly digestAlgorithm: DigestAlgorithm;
  readonly signingTimeAt?: Date;
  readonly algorithmProtection?: SignatureScheme;
}

let folder: string;
const signers: Partial<Record<string, Signer>> = {};
let rootDer: Buffer;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cms-'));
  run(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/C=ES/CN=Root',
    '-keyout',
    'root.key',
    '-out',
    'root.pem',
  );
  rootDer = pem('root.pem');
  writeFileSync(
    join(folder, 'ext'),
    'keyUsage=critical,digitalSignature,nonRepudiation\nextendedKeyUsage=emailProtection\n',
  );
  for (const [name, ...algorithm] of [
    ['rsa', 'rsa:2048'],
    ['P-256', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    ['P-384', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
    ['P-521', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-521'],
  ] as const) {
    run(
      'req',
      '-newkey',
      ...algorithm,
      '-nodes',
      '-subj',
      `/C=ES/O=Tëst S.L./CN=${name}`,
      '-utf8',
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    );
    run(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'root.pem',
      '-CAkey',
      'root.key',
      '-days',
      '2',
      '-extfile',
      'ext',
      '-out',
      `${name}.pem`,
    );
    signers[name] = {
      certificateDer: pem(`${name}.pem`),
      privateKey: createPrivateKey(readFileSync(join(folder, `${name}.key`))),
    };
  }
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('SignedData', () => {
  it.each([
    ['rsa', 'pkcs1', 'SHA256'],
    ['rsa', 'pkcs1', 'SHA1'],
    ['rsa', 'pkcs1', 'SHA224'],
    ['rsa', 'pkcs1', 'SHA384'],
    ['rsa', 'pkcs1', 'SHA512'],
    ['rsa', 'pss', 'SHA256'],
    ['rsa', 'pss', 'SHA384'],
    ['rsa', 'pss', 'SHA1'],
    ['P-256', 'ecdsa', 'SHA256'],
    ['P-384', 'ecdsa', 'SHA384'],
    ['P-521', 'ecdsa', 'SHA512'],
  ] as const)(
    'of %s with %s and %s is accepted by openssl as CAdES and by pkijs',
    async (name, scheme, digestAlgorithm) => {
      const signedDataDer = signDetached(name, { scheme, digestAlgorithm });
      expect(opensslVerify(signedDataDer)).toContain('CAdES Verification successful');
      const isKnownToWebCrypto = DIGESTS[digestAlgorithm].webCryptoName !== undefined;
      expect(await verifySignedData({ signedDataDer, content })).toBe(isKnownToWebCrypto);
    },
  );

  it('is refused by openssl and by pkijs for other content', async () => {
    const signedDataDer = signDetached('rsa', { scheme: 'pkcs1', digestAlgorithm: 'SHA256' });
    expect(() => opensslVerify(signedDataDer, Buffer.from('other'))).toThrow();
    expect(await verifySignedData({ signedDataDer, content: Buffer.from('other') })).toBe(false);
  });

  it('carries signing-time and CMSAlgorithmProtection where they are asked for', () => {
    const signedDataDer = signDetached('rsa', {
      scheme: 'pss',
      digestAlgorithm: 'SHA512',
      signingTimeAt: new Date('2024-02-29T23:59:58Z'),
      algorithmProtection: 'pss',
    });
    expect(opensslVerify(signedDataDer)).toContain('CAdES Verification successful');
    const printed = run('cms', '-cmsout', '-print', '-inform', 'DER', '-in', 'signature.p7s');
    expect(printed).toContain('Feb 29 23:59:58 2024 GMT');
    expect(printed).toContain('1.2.840.113549.1.9.52');
  });

  it('encloses the content where it is given', () => {
    const signedDataDer = signDetached('P-256', { scheme: 'ecdsa', digestAlgorithm: 'SHA256' }, content);
    writeFileSync(join(folder, 'enclosed.p7m'), signedDataDer);
    const verified = run(
      'cms',
      '-verify',
      '-cades',
      '-binary',
      '-inform',
      'DER',
      '-in',
      'enclosed.p7m',
      '-CAfile',
      'root.pem',
    );
    expect(verified).toContain(content.toString());
  });

  it('orders every SET OF by DER and embeds certificates byte for byte', () => {
    const signedDataDer = signDetached('rsa', {
      scheme: 'pkcs1',
      digestAlgorithm: 'SHA256',
      signingTimeAt: new Date(0),
    });
    expect(unorderedSets(signedDataDer)).toEqual([]);
    expect(Buffer.from(signedDataDer).includes(rootDer)).toBe(true);
    expect(Buffer.from(signedDataDer).includes(Buffer.from(signer('rsa').certificateDer))).toBe(true);
  });

  it('never is longer than its estimate, and not much shorter', () => {
    for (const [name, scheme, digestAlgorithm, signatureLength] of [
      ['rsa', 'pkcs1', 'SHA1', 256],
      ['rsa', 'pss', 'SHA512', 256],
      ['P-521', 'ecdsa', 'SHA512', 139],
    ] as const) {
      const estimate = estimateSignedDataLength({
        signerCertificateDer: signer(name).certificateDer,
        chainDer: [rootDer],
        signatureLength,
      });
      const options = { scheme, digestAlgorithm, signingTimeAt: new Date('2060-01-01'), algorithmProtection: scheme };
      const { length } = signDetached(name, options);
      expect(length).toBeLessThanOrEqual(estimate);
      expect(estimate - length).toBeLessThan(300);
    }
  });

  it('names a digest that does not fit its algorithm', () => {
    expect(() =>
      prepareSignedAttributes({
        contentDigest: new Uint8Array(20),
        digestAlgorithm: 'SHA256',
        signerCertificateDer: signer('rsa').certificateDer,
      }),
    ).toThrow(expect.objectContaining({ code: 'invalid-parameter' }));
  });

  it('is told from other bytes', async () => {
    for (const bytes of [
      new Uint8Array(0),
      Buffer.from('300a', 'hex'),
      Buffer.from('300d06092a864886f70d010701a000', 'hex'),
    ]) {
      await expect(verifySignedData({ signedDataDer: bytes, content })).rejects.toMatchObject({
        code: 'invalid-parameter',
      });
    }
  });
});

function signDetached(name: string, options: SignOptions, enclosed?: Uint8Array): Uint8Array {
  const { certificateDer, privateKey } = signer(name);
  const { algorithmProtection, digestAlgorithm, scheme, signingTimeAt } = options;
  const { nodeName, length } = DIGESTS[digestAlgorithm];
  const { signedAttributesDer } = prepareSignedAttributes({
    contentDigest: createHash(nodeName).update(content).digest(),
    digestAlgorithm,
    signerCertificateDer: certificateDer,
    ...(signingTimeAt && { signingTimeAt }),
    ...(algorithmProtection && { algorithmProtection }),
  });
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: length };
  return assembleSignedData({
    signedAttributesDer,
    digestAlgorithm,
    signatureValue: sign(nodeName, signedAttributesDer, { key: privateKey, ...(scheme === 'pss' ? pss : {}) }),
    signatureScheme: scheme,
    signerCertificateDer: certificateDer,
    chainDer: [rootDer, certificateDer],
    ...(enclosed && { content: enclosed }),
  });
}

function opensslVerify(signedDataDer: Uint8Array, signedContent: Uint8Array = content): string {
  writeFileSync(join(folder, 'signature.p7s'), signedDataDer);
  writeFileSync(join(folder, 'content'), signedContent);
  return run(
    'cms',
    '-verify',
    '-cades',
    '-binary',
    '-inform',
    'DER',
    '-in',
    'signature.p7s',
    '-content',
    'content',
    '-CAfile',
    'root.pem',
    '-out',
    'verified',
  );
}

/** Every SET (and the implicit sets [0]) of a structure whose elements are not in DER order, seen by asn1js. */
function unorderedSets(der: Uint8Array): string[] {
  const unordered: string[] = [];
  const visit = (element: unknown, path: string): void => {
    if (!(element instanceof asn1js.Constructed) && !(element instanceof asn1js.Set)) return;
    const children = element.valueBlock.value;
    const encodings = children.map((child) => Buffer.from(child.valueBeforeDecodeView));
    const isSet = element instanceof asn1js.Set || (element.idBlock.tagClass === 3 && encodings.length > 1);
    if (
      isSet &&
      encodings.some((encoding, index) => index > 0 && Buffer.compare(encodings[index - 1] ?? encoding, encoding) > 0)
    ) {
      unordered.push(path);
    }
    children.forEach((child, index) => visit(child, `${path}/${index}`));
  };
  visit(asn1js.fromBER(Uint8Array.from(der).buffer).result, '');
  return unordered;
}

function signer(name: string): Signer {
  const found = signers[name];
  if (!found) throw new Error(`no signer ${name}`);
  return found;
}

function pem(file: string): Buffer {
  const [der] = certificatesFromPem(readFileSync(join(folder, file), 'latin1'));
  return Buffer.from(der ?? []);
}

/** Runs openssl in the test's folder; gives what it printed on both streams. */
function run(...args: readonly string[]): string {
  return execFileSync('/bin/sh', ['-c', 'exec openssl "$@" 2>&1', 'openssl', ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
}
