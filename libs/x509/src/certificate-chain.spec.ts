import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { createTestPki, STANDARD_TEST_PKI } from '@cinnabar/testing';
import { isKeyOfCertificate, isSelfSigned, isSignedBy, orderChain, parseCertificate } from './index.ts';

const pki = createTestPki();
const read = (name: keyof typeof STANDARD_TEST_PKI) => parseCertificate(pki.identity(name).certificateDer);
const [root, intermediate, ana, clara] = [read('root'), read('intermediate'), read('ana'), read('clara')];

/** The same names with other keys, and the same keys in newer certificates. */
const impostors = createTestPki({
  other: { subject: 'CN=Other' },
  root: STANDARD_TEST_PKI.root,
  intermediate: STANDARD_TEST_PKI.intermediate,
});
const renewed = createTestPki({
  ...STANDARD_TEST_PKI,
  intermediate: { ...STANDARD_TEST_PKI.intermediate, validToDays: 900 },
});

const pkits = new URL('../../../../shared/corpus/pkits/certs/', import.meta.url);

describe('a chain', () => {
  it('is put in order from any bag, and what does not belong to it is left out', () => {
    expect(orderChain(ana, [root, clara, ana, intermediate, intermediate])).toEqual([ana, intermediate, root]);
    expect(orderChain(ana, [intermediate])).toEqual([ana, intermediate]);
    expect(orderChain(ana, [root])).toEqual([ana]);
    expect(orderChain(root, [intermediate, root])).toEqual([root]);
  });

  it('is proved by signatures, not by names', () => {
    const impostor = parseCertificate(impostors.identity('intermediate').certificateDer);
    expect(impostor.subject.text).toBe(intermediate.subject.text);
    expect(orderChain(ana, [impostor, root])).toEqual([ana]);
    expect(orderChain(ana, [impostor, root, intermediate])).toEqual([ana, intermediate, root]);
    expect(isSignedBy(ana, impostor)).toBe(false);
  });

  it('prefers the issuer certificate that is valid longest', () => {
    const newer = parseCertificate(renewed.identity('intermediate').certificateDer);
    expect(orderChain(ana, [intermediate, newer, root])).toEqual([ana, newer, root]);
  });

  it('does not take more certificates than a chain can have', () => {
    expect(() => orderChain(ana, Array(33).fill(root))).toThrow(expect.objectContaining({ code: 'invalid-parameter' }));
  });

  it('ends at a root, which signed itself', () => {
    expect([root, intermediate, ana].map((it) => isSelfSigned(it))).toEqual([true, false, false]);
  });

  it('belongs to one key', () => {
    expect(isKeyOfCertificate(pki.identity('ana').privateKey, ana)).toBe(true);
    expect(isKeyOfCertificate(pki.identity('clara').privateKey, clara)).toBe(true);
    expect(isKeyOfCertificate(pki.identity('clara').privateKey, ana)).toBe(false);
  });

  (existsSync(pkits) ? it : it.skip)('of PKITS is in order, and one with a wrong signature ends there', () => {
    const readPkits = (file: string) => parseCertificate(readFileSync(new URL(`${file}.crt`, pkits)));
    const [anchor, good] = [readPkits('TrustAnchorRootCertificate'), readPkits('GoodCACert')];
    const [valid, wrong] = [readPkits('ValidCertificatePathTest1EE'), readPkits('InvalidEESignatureTest3EE')];
    expect(orderChain(valid, [anchor, good])).toEqual([valid, good, anchor]);
    expect(orderChain(wrong, [anchor, good])).toEqual([wrong]);
  });
});
