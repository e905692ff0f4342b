import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addSigner, PIN, type Signer } from './people.ts';
import { samplePdf } from '../../apps/keyman/src/tools/demo/sample-pdf.ts';
import { RunningKeyman } from './running-keyman.ts';

describe('Signature/Pades over REST', () => {
  let keyman: RunningKeyman;
  let ana: Signer;
  let clara: Signer;
  let folder: string;
  const original = samplePdf('A letter');

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cinnabar-pades-'));
    keyman = await RunningKeyman.start();
    const admin = await keyman.admin();
    ana = await addSigner(keyman, admin, 'ana');
    clara = await addSigner(keyman, admin, 'clara', 'clara');
  }, 90_000);
  afterAll(async () => {
    await keyman.remove();
    rmSync(folder, { recursive: true });
  });

  const requestOf = (signer: Signer, further: Readonly<Record<string, unknown>> = {}) => ({
    cert: { certid: signer.certid, pin: PIN },
    document: original.toString('base64'),
    profile: 'enhanced',
    ...further,
  });
  const sign = async (signer: Signer, further = {}): Promise<Buffer> => {
    const { data } = await signer.client.ok('Signature/Pades', requestOf(signer, further));
    return Buffer.from(String(data), 'base64');
  };
  const pdfsig = (signed: Uint8Array): string => {
    const path = join(folder, `${Math.random().toString(36).slice(2)}.pdf`);
    writeFileSync(path, signed);
    return execFileSync('pdfsig', ['-nocert', path], { encoding: 'utf8' });
  };

  it.each(['basic', 'enhanced'])(
    'makes a %s signature that pdfsig finds valid over the whole document',
    async (profile) => {
      const signed = await sign(ana, { profile });
      expect(signed.subarray(0, original.length).equals(original)).toBe(true);
      const report = pdfsig(signed);
      expect(report).toContain('Signature is Valid');
      expect(report).toContain('Total document signed');
      expect(report).toContain(profile === 'basic' ? 'adbe.pkcs7.detached' : 'ETSI.CAdES.detached');
    },
  );

  it('signs with an EC key', async () => {
    expect(pdfsig(await sign(clara, { hashalgorithm: 'SHA384' }))).toContain('Signature is Valid');
  });

  it('adds a second signature and leaves the first one valid', async () => {
    const once = await sign(ana);
    const twice = await sign(clara, { document: once.toString('base64') });
    expect(pdfsig(twice).match(/Signature is Valid/g)).toHaveLength(2);
  });

  it('writes cause, place and contact into the signature', async () => {
    const signed = await sign(ana, {
      parameters: { cause: 'Approved', location: 'Valencia', contactinfo: 'ana@example.test' },
    });
    const increment = signed.subarray(original.length).toString('latin1');
    expect(increment).toMatch(/\/Reason ?\(Approved\)/);
    expect(increment).toMatch(/\/Location ?\(Valencia\)/);
    expect(increment).toMatch(/\/ContactInfo ?\(ana@example\.test\)/);
    expect(pdfsig(signed)).toContain('Signature is Valid');
  });

  it('takes the document as a part of its own and answers it as bytes', async () => {
    const form = new FormData();
    form.set('request', JSON.stringify(requestOf(ana, { document: undefined })));
    form.set('document', new Blob([original]), 'letter.pdf');
    const response = await fetch(`${keyman.url}/Keyman/rest/v3/Signature/Pades`, {
      method: 'POST',
      body: form,
      headers: { authentication: ana.client.token ?? '', accept: 'application/octet-stream' },
    });
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    const signed = Buffer.from(await response.arrayBuffer());
    expect(pdfsig(signed)).toContain('Total document signed');
  });

  it('answers an uploaded document as JSON where bytes are not asked for, and leaves no copy behind', async () => {
    const form = new FormData();
    form.set('document', new Blob([original]), 'letter.pdf');
    form.set('request', JSON.stringify(requestOf(ana, { document: undefined })));
    const response = await fetch(`${keyman.url}/Keyman/rest/v3/Signature/Pades`, {
      method: 'POST',
      body: form,
      headers: { authentication: ana.client.token ?? '' },
    });
    const { error, data } = (await response.json()) as { error: unknown; data: string };
    expect(error).toBeNull();
    expect(pdfsig(Buffer.from(data, 'base64'))).toContain('Total document signed');
    expect(readdirSync(join(keyman.home, 'tmp'))).toEqual([]);
  });

  it('takes a request part that says that it is JSON', async () => {
    const part = (disposition: string, type: string, content: string) =>
      `--x\r\nContent-Disposition: form-data; ${disposition}\r\nContent-Type: ${type}\r\n\r\n${content}\r\n`;
    const form =
      part('name="request"', 'application/json', JSON.stringify(requestOf(ana, { document: undefined }))) +
      part('name="document"; filename="a.pdf"', 'application/pdf', original.toString('latin1'));
    const response = await fetch(`${keyman.url}/Keyman/rest/v3/Signature/Pades`, {
      method: 'POST',
      body: Buffer.from(`${form}--x--\r\n`, 'latin1'),
      headers: { authentication: ana.client.token ?? '', 'content-type': 'multipart/form-data; boundary=x' },
    });
    expect(((await response.json()) as { error: unknown }).error).toBeNull();
  });

  it.each([
    ['a document that is none', { document: Buffer.from('no PDF').toString('base64') }, /^K0013 /],
    ['a hash too weak for documents', { hashalgorithm: 'SHA1' }, /^K0018 /],
    ['a visible signature', { parameters: { pdfparameters: { signvisible: true } } }, /^K0017 /],
    ['a time stamp', { extensions: 'T' }, /^K0017 /],
    ['an upgrade', { operation: 'upgrade' }, /^K0017 /],
    ['a field that is not there', { parameters: { pdfparameters: { signfieldname: 'Nowhere' } } }, /^K0005 /],
    ['an unknown profile', { profile: 'gold' }, /^K0005 Invalid parameter \(profile\)/],
  ])('refuses %s and leaves the PIN tries alone', async (_name, further, expected) => {
    expect(await ana.client.refusal('Signature/Pades', requestOf(ana, further))).toMatch(expected);
  });

  it('ignores extensions that nobody knows', async () => {
    expect(pdfsig(await sign(ana, { extensions: 'sparkles' }))).toContain('Signature is Valid');
  });

  it('is told in the audit', async () => {
    await sign(ana);
    const { auditlist } = await ana.client.ok('Audit/List', {
      startdate: '2020-01-01T00:00:00Z',
      enddate: '2100-01-01T00:00:00Z',
      audit: { category: 'Signature', action: 'Pades', success: true },
      page: { itemspage: 1 },
    });
    const [record] = auditlist as Record<string, unknown>[];
    expect(record).toMatchObject({ certid: ana.certid, oper: 'ana', actiondata: 'enhanced', module: 'e2e' });
  });

  it('signs a real form', () => {
    const corpus = join(import.meta.dirname, '../../../shared/corpus/pdf-sign');
    let form: Buffer;
    try {
      form = readFileSync(join(corpus, 'pdfjs-160F-2019.pdf'));
    } catch {
      console.warn('SKIPPED: ../shared/corpus is missing, so no real form is signed here');
      return;
    }
    return sign(ana, { document: form.toString('base64') }).then((signed) => {
      expect(pdfsig(signed)).toContain('Total document signed');
    });
  });
});
