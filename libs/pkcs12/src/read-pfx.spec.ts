import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import { createTestPki, STANDARD_TEST_PKI, toRawPfx } from '@cinnabar/testing';
import { type PfxLimits, readPfx } from './index.ts';

const pki = createTestPki();

// Files name their iterations themselves; a busy machine needs its time for them.
jest.setTimeout(60_000);

const ana = pki.identity('ana');
const password = 'Contraseña de acceso';

const usable = [{ privateKeyPkcs8: ana.privateKeyPkcs8 }, { certificateDer: ana.certificateDer }];

const opensslPfx = (...opensslArguments: string[]): Uint8Array => pki.pfx('ana', password, { opensslArguments });

describe('a PFX file', () => {
  it.each([
    ['of openssl 3 as it comes', []],
    ['with AES-128', ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-128-CBC']],
    ['with AES-192 and a SHA-512 MAC', ['-keypbe', 'AES-192-CBC', '-certpbe', 'AES-192-CBC', '-macalg', 'sha512']],
    ['with a SHA-384 MAC', ['-macalg', 'sha384']],
    ['with a SHA-1 MAC', ['-macalg', 'sha1']],
    ['of old Windows: RC2-40 and 3DES', ['-legacy']],
    ['with RC2-128', ['-legacy', '-certpbe', 'PBE-SHA1-RC2-128', '-keypbe', 'PBE-SHA1-RC2-128']],
    ['with 3-key 3DES for both', ['-descert', '-legacy']],
    ['with 2-key 3DES', ['-legacy', '-certpbe', 'PBE-SHA1-2DES', '-keypbe', 'PBE-SHA1-2DES']],
    ['with unencrypted certificates', ['-certpbe', 'NONE']],
    ['with an unencrypted key', ['-keypbe', 'NONE']],
    ['with one iteration', ['-noiter', '-nomaciter']],
    ['without a MAC', ['-nomac']],
    ['with 100,000 iterations', ['-iter', '100000']],
  ])('%s gives key, certificate and chain', (_, opensslArguments) => {
    expectAna(opensslPfx(...opensslArguments), password);
  });

  it.each(['bruno', 'clara', 'dario'] as const)('of %s, another kind of key, is read', (name) => {
    const contents = readPfx(pki.pfx(name, password), password);
    expect(privateKeyOf(contents).equals(pki.identity(name).privateKey)).toBe(true);
  });

  it.each(['', 'x', '密码パスワード', 'pass😀word', 'ßéÿ'])('opens with the password "%s"', (text) => {
    expectAna(pki.pfx('ana', text), text);
    expectAna(pki.pfx('ana', text, { legacy: true }), text);
  });

  it('names its friendly name and says whether the key ids match', () => {
    const contents = readPfx(pki.pfx('ana', password, { friendlyName: 'Ana – firma' }), password);
    expect(contents).toMatchObject({ friendlyName: 'Ana – firma', localKeyIdMatches: true });
  });

  it.each([
    'bouncycastle-3des-rc2-40.pfx',
    'bouncycastle-pbmac1-sha256.pfx',
    'bouncycastle-pbmac1-sha512.pfx',
    'java.pfx',
    'java-legacy.pfx',
    'nss-aes.pfx',
    'nss-3des-rc2-40.pfx',
  ])(
    'of another program, %s, is read',
    (file) => {
      const contents = readPfx(vector(file), 'cinabrio');
      const [certificateDer = new Uint8Array()] = contents.certificatesDer;
      expect(new X509Certificate(certificateDer).subject).toContain('CN=Ana Prueba');
      expect(new X509Certificate(certificateDer).checkPrivateKey(privateKeyOf(contents))).toBe(true);
      expect(contents).toMatchObject({ friendlyName: 'ana', localKeyIdMatches: true });
      expect(contents.certificatesDer).toHaveLength(2);
      // NSS asks for 600,000 iterations: once is enough.
      if (!file.startsWith('nss')) expect(refusal(vector(file), 'Cinabrio')).toContain('pfxpass: does not open');
    },
    60_000,
  );

  it('with several keys gives the one that has a certificate', () => {
    const others = [pki.identity('expired'), pki.identity('selfSigned')];
    const pfxDer = toRawPfx([
      ...others.map(({ privateKeyPkcs8 }) => ({ privateKeyPkcs8, localKeyId: 'A' })),
      { certificateDer: pki.identity('root').certificateDer },
      { certificateDer: ana.certificateDer, localKeyId: 'A' },
      { privateKeyPkcs8: ana.privateKeyPkcs8, localKeyId: 'B' },
      { certificateDer: pki.identity('root').certificateDer },
    ]);
    const contents = readPfx(pfxDer, password);
    expect(privateKeyOf(contents).equals(ana.privateKey)).toBe(true);
    expect(contents.localKeyIdMatches).toBe(false);
    expect(contents.certificatesDer.map(toHex)).toEqual(
      [ana, pki.identity('root')].map((it) => toHex(it.certificateDer)),
    );
  });

  it('with a renewed certificate gives the one with the id of the key, else the one that is valid longest', () => {
    const { old, renewed } = renewal();
    const bags = [
      { certificateDer: old },
      { certificateDer: renewed },
      { privateKeyPkcs8: ana.privateKeyPkcs8, localKeyId: 'K' },
    ];
    expect(toHex(readPfx(toRawPfx(bags), '').certificatesDer[0])).toBe(toHex(renewed));
    const labelled = [{ certificateDer: old, localKeyId: 'K' }, ...bags.slice(1)];
    expect(toHex(readPfx(toRawPfx(labelled), '').certificatesDer[0])).toBe(toHex(old));
  });

  it('gives a private key without attributes, in DER', () => {
    const { privateKeyPkcs8 } = readPfx(vector('java.pfx'), 'cinabrio');
    expect(toHex(privateKeyPkcs8)).toBe(
      toHex(
        createPrivateKey({ key: Buffer.from(privateKeyPkcs8), format: 'der', type: 'pkcs8' }).export({
          format: 'der',
          type: 'pkcs8',
        }),
      ),
    );
  });
});

describe('a PFX file is refused', () => {
  it.each([['-legacy'], ['-certpbe', 'AES-256-CBC'], ['-nomac'], ['-keypbe', 'NONE']])(
    'with a wrong password, naming pfxpass (%s)',
    (...args) => {
      for (const wrong of ['', 'contraseña de acceso', `${password} `, 'ñ']) {
        expect(refusal(opensslPfx(...args), wrong)).toBe('invalid-parameter pfxpass: does not open the file');
      }
    },
  );

  it.each([
    [
      'two keys with certificates',
      vector('java-two-keys.pfx'),
      'pfxdata: more than one private key with a certificate in it',
    ],
    [
      'no certificate',
      toRawPfx([{ privateKeyPkcs8: ana.privateKeyPkcs8 }]),
      'pfxdata: no certificate of its private key in it',
    ],
    ['no key', toRawPfx([{ certificateDer: ana.certificateDer }]), 'pfxdata: no private key in it'],
    [
      'a key that is none',
      toRawPfx([{ privateKeyPkcs8: Buffer.from('3000', 'hex') }]),
      'pfxdata: its private key cannot be read',
    ],
    [
      'a certificate that is none',
      toRawPfx([{ privateKeyPkcs8: ana.privateKeyPkcs8 }, { certificateDer: Buffer.from('3000', 'hex') }]),
      'pfxdata: a certificate in it cannot be read',
    ],
    [
      'a MAC without key length',
      toRawPfx(usable, { password: 'cinabrio', iterations: 1 }),
      'pfxdata: its MAC names no key length',
    ],
    [
      'a MAC with a short key',
      toRawPfx(usable, { password: 'cinabrio', iterations: 1, keyLength: 8 }),
      'pfxdata: its MAC names an absurd key length',
    ],
    [
      'too many keys',
      toRawPfx(Array.from({ length: 17 }, () => ({ privateKeyPkcs8: ana.privateKeyPkcs8 }))),
      'pfxdata: too many keys',
    ],
    [
      'too many certificates',
      toRawPfx(Array.from({ length: 65 }, () => ({ certificateDer: ana.certificateDer }))),
      'pfxdata: too many certificates',
    ],
  ])('with %s', (_, pfxDer, detail) => {
    expect(refusal(pfxDer, 'cinabrio')).toBe(`invalid-parameter ${detail}`);
  });

  it('with an algorithm that is not read here, as not supported', () => {
    expect(refusal(vector('bouncycastle-aes-gcm.pfx'), 'cinabrio')).toBe(
      'not-supported pfxdata: encryption 2.16.840.1.101.3.4.1.46',
    );
  });

  it('above the limits of size and iterations', () => {
    const pfxDer = opensslPfx('-iter', '10000');
    expect(refusal(pfxDer, password, { maxPfxBytes: pfxDer.length, maxIterations: 30_000 })).toBe('accepted');
    expect(refusal(pfxDer, password, { maxPfxBytes: pfxDer.length, maxIterations: 29_999 })).toBe(
      'invalid-parameter pfxdata: asks for more than 29999 iterations',
    );
    expect(refusal(pfxDer, password, { maxPfxBytes: pfxDer.length - 1, maxIterations: 30_000 })).toContain(
      'pfxdata: larger than',
    );
    expect(refusal(pfxDer, 'x'.repeat(1025))).toBe('invalid-parameter pfxpass: too long');
  });

  it('damaged, naming pfxdata although the MAC cannot tell', () => {
    const pfxDer = Buffer.from(opensslPfx());
    const certificates = pfxDer.indexOf(Buffer.from('2a864886f70d010706', 'hex'));
    pfxDer[certificates + 300] = (pfxDer[certificates + 300] ?? 0) ^ 1;
    expect(refusal(pfxDer, password)).toBe('invalid-parameter pfxdata: damaged (its MAC does not hold)');
  });

  it('cut off anywhere, naming pfxdata', () => {
    const pfxDer = opensslPfx();
    for (let length = 0; length < pfxDer.length; length += 7) {
      expect(refusal(pfxDer.subarray(0, length), password)).toContain('invalid-parameter pfxdata: ');
    }
  });

  it('with one octet changed anywhere, always with a coded error or the right key', () => {
    const pfxDer = opensslPfx('-iter', '1');
    for (let offset = 0; offset < pfxDer.length; offset += 3) {
      const changed = Buffer.from(pfxDer);
      changed[offset] = (changed[offset] ?? 0) ^ 0xff;
      expect(refusal(changed, password, { maxPfxBytes: 1e6, maxIterations: 1000 })).toMatch(
        /^(invalid-parameter|not-supported) pfx|^accepted$/,
      );
    }
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('-----BEGIN PKCS12-----')],
    ['a million levels', Buffer.alloc(1_000_000, '3080', 'hex')],
    [
      'half a million empty elements',
      Buffer.concat([Buffer.from('3083100000', 'hex').subarray(0, 5), Buffer.alloc(0x100000, '3000', 'hex')]),
    ],
    ['a length beyond the end', Buffer.from('3084ffffffff', 'hex')],
    ['an endless length', Buffer.from('3080', 'hex')],
  ])('that is %s, quickly', (_, bytes) => {
    const startedAt = performance.now();
    expect(refusal(bytes, password, { maxPfxBytes: 2e6, maxIterations: 1 })).toContain('invalid-parameter pfxdata: ');
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

function expectAna(pfxDer: Uint8Array, text: string): void {
  const contents = readPfx(pfxDer, text);
  expect(privateKeyOf(contents).equals(ana.privateKey)).toBe(true);
  expect(contents.certificatesDer.map(toHex)).toEqual([ana.certificateDer, ...ana.chainDer].map(toHex));
}

const privateKeyOf = ({ privateKeyPkcs8 }: { privateKeyPkcs8: Uint8Array }) =>
  createPrivateKey({ key: Buffer.from(privateKeyPkcs8), format: 'der', type: 'pkcs8' });

const toHex = (bytes: Uint8Array = new Uint8Array()): string => Buffer.from(bytes).toString('hex');

/** An older and a newer certificate of Ana's key. */
function renewal(): { old: Uint8Array; renewed: Uint8Array } {
  const renewalPki = createTestPki({ ...STANDARD_TEST_PKI, ana: { ...STANDARD_TEST_PKI.ana, validToDays: 900 } });
  return { old: ana.certificateDer, renewed: renewalPki.identity('ana').certificateDer };
}

/** `test/vectors/pkcs12`: files that other programs made; their password is "cinabrio". */
function vector(file: string): Uint8Array {
  return readFileSync(new URL(`../../../test/vectors/pkcs12/${file}`, import.meta.url));
}

function refusal(pfxDer: Uint8Array, text: string, limits?: PfxLimits): string {
  try {
    readPfx(pfxDer, text, limits);
    return 'accepted';
  } catch (error) {
    const { code, publicDetail } = error as { code: string; publicDetail: string };
    return `${code} ${publicDetail}`;
  }
}
