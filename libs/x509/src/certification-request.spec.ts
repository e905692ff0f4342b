import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DIGESTS } from '@cinnabar/core';
import { finishCertificationRequest, prepareCertificationRequest } from './certification-request.ts';
import { DerCursor } from './der/der-cursor.ts';
import { TAG } from './der/tags.ts';
import { takeDistinguishedName } from './distinguished-name.ts';
import { encodeNameText } from './name-encoding.ts';

const EC_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spkiOf = (key: KeyObject): Uint8Array => key.export({ format: 'der', type: 'spki' });

describe('a certification request', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'csr-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const requestFor = (subject: string, { publicKey, privateKey } = EC_KEY): Uint8Array => {
    const prepared = prepareCertificationRequest(subject, spkiOf(publicKey));
    const digest = DIGESTS[prepared.digestAlgorithm].nodeName;
    return finishCertificationRequest(prepared, sign(digest, prepared.toBeSigned, privateKey));
  };
  /** What OpenSSL makes of it; it fails where the signature is not the key's. */
  const openssl = (requestDer: Uint8Array, ...options: readonly string[]): string => {
    const path = join(folder, 'request.der');
    writeFileSync(path, requestDer);
    const request = ['req', '-in', path, '-inform', 'DER', '-noout', '-verify'];
    return execFileSync('openssl', [...request, ...options], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  };
  const subjectOf = (requestDer: Uint8Array): string =>
    openssl(requestDer, '-subject', '-nameopt', 'RFC2253,utf8,-esc_msb').replace(/\n$/, '');
  /** As OpenSSL decodes the DER, element by element. */
  const elementsOf = (requestDer: Uint8Array): string => {
    writeFileSync(join(folder, 'request.der'), requestDer);
    return execFileSync('openssl', ['asn1parse', '-inform', 'DER', '-in', join(folder, 'request.der')]).toString();
  };

  it.each([
    ['RSA-2048', () => generateKeyPairSync('rsa', { modulusLength: 2048 }), 'sha256WithRSAEncryption'],
    ['P-256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' }), 'ecdsa-with-SHA256'],
    ['P-384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' }), 'ecdsa-with-SHA384'],
    ['P-521', () => generateKeyPairSync('ec', { namedCurve: 'P-521' }), 'ecdsa-with-SHA512'],
  ])('of a %s key is verified by OpenSSL', (_kind, generate, algorithm) => {
    const text = openssl(requestFor('CN=Ana, C=ES', generate()), '-text');
    expect(text).toContain(`Signature Algorithm: ${algorithm}`);
    expect(text).toContain('Version: 1 (0x0)');
  });

  it('is refused for a key that signs otherwise', () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    expect(() => prepareCertificationRequest('CN=x', spkiOf(publicKey))).toThrow(
      expect.objectContaining({ code: 'not-supported' }),
    );
  });

  describe('has the name that was written', () => {
    it('in the order and with the string types of RFC 5280', () => {
      const request = requestFor('E=ana@example.test, SERIALNUMBER=IDCES-12345678Z, CN=Ana Núñez, O=Test S.L., C=ES');
      expect(subjectOf(request)).toBe(
        'subject=emailAddress=ana@example.test,serialNumber=IDCES-12345678Z,CN=Ana Núñez,O=Test S.L.,C=ES',
      );
      const strings = elementsOf(request)
        .split('\n')
        .map((line) => /prim: (\w+STRING) *:(.*)$/.exec(line))
        .filter((match) => match !== null)
        .map(([, type, value]) => `${type} ${value}`);
      expect(strings.slice(0, 5)).toEqual([
        'PRINTABLESTRING ES',
        'UTF8STRING Test S.L.',
        expect.stringMatching(/^UTF8STRING Ana N/),
        'PRINTABLESTRING IDCES-12345678Z',
        'IA5STRING ana@example.test',
      ]);
    });

    it.each([
      [
        'escapes',
        String.raw`CN=Núñez\, Ana \"la jefa\", O=A\+B \<C\>\;`,
        String.raw`CN=Núñez\, Ana \"la jefa\",O=A\+B \<C\>\;`,
      ],
      ['octets in hex', String.raw`CN=N\C3\BA\C3\B1ez`, 'CN=Núñez'],
      ['spaces', String.raw`  CN =  Ana  Núñez  ,O=\ Sociedad\ `, String.raw`CN=Ana  Núñez,O=\ Sociedad\ `],
      ['a sign at the beginning', String.raw`CN=\#1`, String.raw`CN=\#1`],
      ['aliases and any case', 'emailAddress=a@b, s=Valencia, cn=x', 'emailAddress=a@b,ST=Valencia,CN=x'],
      ['OIDs', '2.5.4.97=VATES-B12345678, CN=x', 'organizationIdentifier=VATES-B12345678,CN=x'],
      ['several attributes in one part', 'OU=b+CN=a, C=ES', 'OU=b+CN=a,C=ES'],
      ['decomposed letters', 'CN=Nu\u0301n\u0303ez', 'CN=Núñez'],
      ['other scripts', 'CN=Алексей 山田 🖋', 'CN=Алексей 山田 🖋'],
    ])('with %s', (_what, written, read) => {
      expect(subjectOf(requestFor(written))).toBe(`subject=${read}`);
    });

    it('as it is printed here: what is read from an encoding is written into the same', () => {
      const name = String.raw`CN=Ana\, \#1 Núñez, OU=a+2.5.4.97=x, T=\ x\ , STREET=Calle\\1, L=València, C=ES`;
      const encoded = encodeNameText(name, 'subject');
      const printed = takeDistinguishedName(new DerCursor(encoded, 'name')).text;
      expect(Buffer.compare(encodeNameText(printed, 'subject'), encoded)).toBe(0);
    });

    it('with the attributes of one part in the order of DER, however they were written', () => {
      const [one, other] = ['CN=a+OU=b+L=c', 'L=c+OU=b+CN=a'].map((name) => encodeNameText(name, 'subject'));
      expect(one).toEqual(other);
      expect(new DerCursor(one ?? new Uint8Array(), 'name').enter(TAG.sequence).peekTag()).toBe(TAG.set);
    });
  });

  it.each([
    ['', 'is not a name'],
    ['Ana Prueba', 'is not a name'],
    ['CN=', 'CN is empty'],
    ['CN=   ', 'CN is empty'],
    ['CN=a,', 'is not a name'],
    ['CN=a, , C=ES', 'type of attribute that is not known'],
    ['=a', 'type of attribute'],
    ['XYZ=a', 'type of attribute'],
    ['3.5=a', 'type of attribute'],
    ['2.5.04.3=a', 'type of attribute'],
    ['C=ESP', 'C is longer than 2 characters'],
    ['C=es', 'C is not two capital letters'],
    ['C=E', 'C is not two capital letters'],
    [`CN=${'x'.repeat(65)}`, 'CN is longer than 64 characters'],
    ['E=ana', 'E is not an e-mail address'],
    ['E=anñ@example.test', 'E holds characters outside ASCII'],
    ['SERIALNUMBER=12_3', 'SERIALNUMBER holds other than letters'],
    [String.raw`CN=a\0Ab`, 'CN holds control characters'],
    [String.raw`CN=a\00`, 'CN holds control characters'],
    [String.raw`CN=\C3`, 'CN holds octets that are not UTF-8'],
    [String.raw`CN=\q`, 'CN holds a backslash before what needs none'],
    ['CN=a\\', 'CN holds a backslash before what needs none'],
    ['CN="Ana, Prueba"', 'without a backslash'],
    ['CN=a;O=b', 'without a backslash'],
    ['CN=#0C0141', 'CN is written in hex'],
    ['CN=a\ud800', 'CN holds control characters'],
    ['CN=a+CN=b', 'names the same type twice'],
    [Array.from({ length: 33 }, () => 'OU=x').join(','), 'has more than 32 parts'],
  ])('is refused with the subject %j', (subject, why) => {
    expect(() => prepareCertificationRequest(subject, spkiOf(EC_KEY.publicKey))).toThrow(
      expect.objectContaining({
        code: 'invalid-parameter',
        publicDetail: expect.stringMatching(new RegExp(`^subject: .*${why}`)) as unknown,
      }),
    );
  });
});
