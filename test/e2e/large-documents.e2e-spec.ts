import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { writeLargePdf } from './large-pdf.ts';
import { addSigner, PIN, type Signer } from './people.ts';
import { peakResidentBytes } from './resident-memory.ts';
import { RunningKeyman } from './running-keyman.ts';

const MIB = 1024 * 1024;
/** What the server may hold in memory at its worst, whatever a document's size (300 MB). */
const PEAK_BYTES = 300_000_000;
const PATH = '/Keyman/rest/v3/Signature/Pades';
const run = promisify(execFile);

interface Sent {
  readonly status: string;
  readonly path: string;
}

describe('large documents', () => {
  let keyman: RunningKeyman;
  let ana: Signer;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cinnabar-large-'));
    keyman = await RunningKeyman.start({ ...CHEAP_HASHING, KEYMAN_UPLOAD_SPACE_MIB: '600', KEYMAN_UPLOADS: '3' });
    ana = await addSigner(keyman, await keyman.admin(), 'ana');
  }, 60_000);
  afterAll(async () => {
    await keyman.remove();
    rmSync(folder, { recursive: true });
  }, 60_000);

  const requestPart = (further: object = {}) =>
    `request=${JSON.stringify({ cert: { certid: ana.certid, pin: PIN }, profile: 'enhanced', ...further })};type=application/json`;
  const documentPart = (path: string) => `document=@${path};type=application/pdf`;
  const stored = () => readdirSync(join(keyman.home, 'tmp'));
  const untilNothingIsStored = async () => {
    while (stored().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  /** curl, which streams the file as it reads it. */
  const send = async (
    parts: readonly string[],
    { accept = 'application/octet-stream', operation = PATH } = {},
  ): Promise<Sent> => {
    const path = join(folder, 'answer');
    const forms = parts.flatMap((part) => ['-F', part]);
    const headers = ['-H', `authentication: ${ana.client.token ?? ''}`, '-H', `accept: ${accept}`];
    const written = ['-sS', '-o', path, '-w', '%{http_code} %{content_type}'];
    const { stdout } = await run('curl', [...written, ...headers, ...forms, keyman.url + operation]);
    return { status: stdout, path };
  };
  const errorIn = ({ path }: Sent) =>
    (JSON.parse(readFileSync(path, 'utf8')) as { error: { code: string; message: string } }).error;
  const pdfsig = (path: string) => execFileSync('pdfsig', ['-nocert', path], { encoding: 'utf8' });
  /** `cmp` stops at the first difference, and at the end of the original. */
  const expectPrefix = (original: string, signed: string) =>
    execFileSync('cmp', ['-n', String(statSync(original).size), original, signed]);

  it('are signed in less than 300 MB, three times over, and nothing is left of them', async () => {
    const original = join(folder, 'large.pdf');
    const length = writeLargePdf(original, 320 * MIB);
    for (let times = 0; times < 3; times++) {
      const sent = await send([requestPart(), documentPart(original)]);
      expect(sent.status).toBe('200 application/octet-stream');
      expect(statSync(sent.path).size).toBeGreaterThan(length);
      if (times > 0) continue;
      expectPrefix(original, sent.path);
      const report = pdfsig(sent.path);
      expect(report).toContain('Signature is Valid');
      expect(report).toContain('Total document signed');
    }
    await untilNothingIsStored();
    expect(peakResidentBytes(keyman.pid)).toBeLessThan(PEAK_BYTES);
  }, 180_000);

  it.each([
    ['whose objects are in object streams', { xref: 'stream' }, {}],
    ['whose cross-reference is damaged', { isDamaged: true }, {}],
    ['under another hash than the usual one', {}, { hashalgorithm: 'SHA512' }],
  ] as const)(
    '%s are signed, with the parts in either order',
    async (_name, options, further) => {
      const original = join(folder, 'other.pdf');
      writeLargePdf(original, 40 * MIB, options);
      for (const parts of [
        [requestPart(further), documentPart(original)],
        [documentPart(original), requestPart(further)],
      ]) {
        const sent = await send(parts);
        expect(sent.status).toBe('200 application/octet-stream');
        expectPrefix(original, sent.path);
        const report = pdfsig(sent.path);
        expect(report).toContain('Signature is Valid');
        expect(report).toContain(`Signing Hash Algorithm: ${'hashalgorithm' in further ? 'SHA-512' : 'SHA-256'}`);
      }
      expect(peakResidentBytes(keyman.pid)).toBeLessThan(PEAK_BYTES);
    },
    60_000,
  );

  it('are answered in base64 too where the client takes JSON', async () => {
    const original = join(folder, 'json.pdf');
    writeLargePdf(original, 64 * MIB);
    const sent = await send([requestPart(), documentPart(original)], { accept: 'application/json' });
    expect(sent.status).toMatch(/^200 application\/json/);
    const { data } = JSON.parse(readFileSync(sent.path, 'latin1')) as { data: string };
    writeFileSync(sent.path, data, 'base64');
    expect(pdfsig(sent.path)).toContain('Signature is Valid');
    expect(peakResidentBytes(keyman.pid)).toBeLessThan(PEAK_BYTES);
  }, 60_000);

  it('are a file that only the server can read, while they are there', async () => {
    const upload = holdOpen(keyman, ana);
    try {
      while (stored().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      const [name = ''] = stored();
      expect(statSync(join(keyman.home, 'tmp')).mode & 0o777).toBe(0o700);
      expect(statSync(join(keyman.home, 'tmp', name)).mode & 0o777).toBe(0o600);
    } finally {
      upload.destroy();
    }
    await untilNothingIsStored();
  });

  it('leave nothing where the client goes before it has its answer', async () => {
    const original = join(folder, 'left.pdf');
    writeLargePdf(original, 160 * MIB);
    const address = keyman.url + PATH;
    const parts = [requestPart(), documentPart(original)].flatMap((part) => ['-F', part]);
    const headers = ['-H', `authentication: ${ana.client.token ?? ''}`, '-H', 'accept: application/octet-stream'];
    // It takes the answer at a trickle, and then no more.
    const child = execFile('curl', ['-sS', '-o', '/dev/null', '--limit-rate', '400M', ...headers, ...parts, address]);
    while (stored().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGKILL');
    await untilNothingIsStored();
    expect((await send([requestPart(), documentPart(original)])).status).toMatch(/^200/);
  }, 60_000);

  it('are refused, and nothing of them kept, where there is no room', async () => {
    const original = join(folder, 'huge.pdf');
    writeLargePdf(original, 640 * MIB, { isSparse: true });
    const announced = await send([requestPart(), documentPart(original)]);
    expect(announced.status).toMatch(/^413/);
    expect(errorIn(announced)).toEqual({
      code: 'K0005',
      message: expect.stringContaining('larger than the 600 MiB') as unknown,
    });
    // Without a length nobody can tell before it is there.
    const path = join(folder, 'answer');
    const arguments_ = [
      '-sS',
      '-o',
      path,
      '-w',
      '%{http_code}',
      '-H',
      'transfer-encoding: chunked',
      '-H',
      `authentication: ${ana.client.token ?? ''}`,
    ];
    const { stdout } = await run('curl', [
      ...arguments_,
      '-F',
      requestPart(),
      '-F',
      documentPart(original),
      keyman.url + PATH,
    ]);
    expect(stdout).toBe('413');
    await untilNothingIsStored();
  }, 60_000);

  it('are refused where one user has half of the places already', async () => {
    const uploads = [holdOpen(keyman, ana), holdOpen(keyman, ana)];
    try {
      while (stored().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
      const original = join(folder, 'third.pdf');
      writeLargePdf(original, MIB);
      const third = await send([requestPart(), documentPart(original)]);
      expect(third.status).toMatch(/^429/);
      expect(errorIn(third)).toMatchObject({ code: 'K0019' });
    } finally {
      for (const upload of uploads) upload.destroy();
    }
    await untilNothingIsStored();
  });

  it('are not taken by operations without a document, nor without a session', async () => {
    const original = join(folder, 'small.pdf');
    writeLargePdf(original, MIB);
    const get = await send([requestPart(), documentPart(original)], { operation: '/Keyman/rest/v3/Cert/Get' });
    expect(get.status).toMatch(/^400/);
    expect(errorIn(get).message).toContain('takes JSON');
    expect((await send([documentPart(original)], { operation: '/Keyman/rest/v3/No/Such' })).status).toMatch(/^404/);
    const form = new FormData();
    form.set('document', new Blob(['x']), 'x.pdf');
    const response = await fetch(keyman.url + PATH, { method: 'POST', body: form });
    expect(await response.json()).toMatchObject({ error: { code: 'K0002' } });
    expect(stored()).toEqual([]);
  });

  it('that a crash left are removed at the next start', async () => {
    const left = join(keyman.home, 'tmp', 'left-by-a-crash.upload');
    writeFileSync(left, 'a letter');
    chmodSync(join(keyman.home, 'tmp'), 0o755);
    await keyman.end('SIGKILL');
    await keyman.up();
    expect(stored()).toEqual([]);
    expect(statSync(join(keyman.home, 'tmp')).mode & 0o777).toBe(0o700);
  }, 60_000);
});

/** An upload that began and does not go on. */
function holdOpen(keyman: RunningKeyman, signer: Signer) {
  const { hostname, port } = new URL(keyman.url);
  const request = httpRequest({
    hostname,
    port,
    method: 'POST',
    path: PATH,
    headers: { 'content-type': 'multipart/form-data; boundary=b', authentication: signer.client.token ?? '' },
  });
  request.on('error', () => undefined);
  request.write('--b\r\ncontent-disposition: form-data; name="document"; filename="a.pdf"\r\n\r\n%PDF-1.7\n');
  return request;
}
