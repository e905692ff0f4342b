import { execFileSync } from 'node:child_process';
import { createHash, verify, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signHash } from '@cinnabar/keyman-api';
import {
  KeymanAbortError,
  KeymanClient,
  KeymanConnectionError,
  KeymanDocumentError,
  KeymanError,
  KeymanTimeoutError,
  type DocumentSource,
  type KeymanClientOptions,
} from '@cinnabar/keyman-api/client';
import { samplePdf } from '../../apps/keyman/src/tools/demo/sample-pdf.ts';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { addSigner, addUser, PASSWORD, PIN, pki, type Signer } from './people.ts';
import { RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';

const DOCUMENT_BYTES = 30 * 1024 * 1024;

/** A client whose traffic can be counted, and whose token can be taken from outside. */
class WatchedClient {
  readonly operations: string[] = [];
  readonly client: KeymanClient;
  token = '';

  constructor(url: string, further: Partial<KeymanClientOptions> = {}) {
    this.client = new KeymanClient({
      url,
      module: 'client-e2e',
      credentials: { login: 'ana', pass: PASSWORD },
      fetch: (address, init) => {
        this.operations.push(address.split('/').slice(-2).join('/'));
        this.token = new Headers(init?.headers).get('authentication') ?? this.token;
        return fetch(address, init);
      },
      ...further,
    });
  }

  get logIns(): number {
    return this.operations.filter((operation) => operation === 'Auth/Login').length;
  }

  /** Ends the session behind the client's back. */
  async loseSession(url: string): Promise<void> {
    await this.client.call('User/Get', {});
    await new RestCaller(url, this.token).ok('Auth/Logout');
  }
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect('the call').toBe('refused'),
    (error: unknown) => error,
  );
}

describe('the typed client', () => {
  let keyman: RunningKeyman;
  let ana: Signer;
  let folder: string;
  let largePdf: string;
  const digest = createHash('sha256').update('a letter').digest();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cinnabar-client-'));
    largePdf = join(folder, 'large.pdf');
    writeFileSync(largePdf, samplePdf('x'.repeat(DOCUMENT_BYTES)));
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    const admin = await keyman.admin();
    ana = await addSigner(keyman, admin, 'ana');
    await addUser(admin, 'locked');
  }, 90_000);
  afterAll(async () => {
    await keyman.remove();
    rmSync(folder, { recursive: true });
  }, 60_000);

  const watched = (further: Partial<KeymanClientOptions> = {}) => new WatchedClient(keyman.url, further);
  const key = () => ({ certid: ana.certid, pin: PIN });
  const pades = (document: DocumentSource) => ({ cert: key(), profile: 'enhanced' as const, document });
  const sign = (client: KeymanClient, document: DocumentSource) => client.call('Signature/Pades', pades(document));
  const isSigned = (signed: Uint8Array | string, original: Uint8Array = readFileSync(largePdf)): void => {
    const path = typeof signed === 'string' ? signed : join(folder, 'signed.pdf');
    if (typeof signed !== 'string') writeFileSync(path, signed);
    const report = execFileSync('pdfsig', ['-nocert', path], { encoding: 'utf8' });
    expect(report).toContain('Signature is Valid');
    expect(report).toContain('Total document signed');
    expect(readFileSync(path).subarray(0, original.length).equals(original)).toBe(true);
  };

  it('logs in by itself and lists', async () => {
    const { client, ...rest } = watched();
    const { certlist } = await client.call('Cert/ListAvailable', {});
    expect(certlist.map(({ certid }) => certid)).toEqual([ana.certid]);
    expect(rest.operations).toEqual(['Auth/Login', 'Cert/ListAvailable']);
    expect(await client.logIn()).toMatchObject({ userid: 'ana', pass: null });
    await client.logOut();
  });

  it('signs a hash that node verifies, by name and by declaration', async () => {
    const { client } = watched();
    const certificate = new X509Certificate(pki.identity('ana').certificatePem);
    const request = { cert: key(), hash: { algorithm: 'SHA256', digest } } as const;
    for (const { data } of [await client.call('Sign/Hash', request), await client.call(signHash, request)]) {
      expect(data).toBeInstanceOf(Uint8Array);
      expect(verify('sha256', Buffer.from('a letter'), certificate.publicKey, data)).toBe(true);
    }
  });

  it('takes moments as Date and answers pages', async () => {
    const { auditlist, page } = await watched().client.call('Audit/List', {
      startdate: new Date('2020-01-01T00:00:00Z'),
      enddate: '2100-01-01T00:00:00Z',
      audit: { category: 'Cert', action: 'ImportPFX' },
    });
    expect(auditlist[0]).toMatchObject({ certid: ana.certid, oper: 'ana' });
    expect(page).toMatchObject({ id: 1, itemspage: 100 });
  });

  it('tells a wrong PIN as K0009, with what was answered beside it and without the PIN', async () => {
    const pin = 'not-the-pin-0815';
    const error = await failureOf(watched().client.call('Cert/PinCheck', { cert: { certid: ana.certid, pin } }));
    expect(error).toBeInstanceOf(KeymanError);
    expect(error).toMatchObject({
      code: 'K0009',
      operation: 'Cert/PinCheck',
      httpStatus: 200,
      outcome: 'not-performed',
      members: { result: false },
      detail: expect.stringMatching(/tries? left|PIN/),
    });
    expect(`${String(error)} ${JSON.stringify(error)} ${(error as Error).stack ?? ''}`).not.toContain(pin);
    const { result } = await watched().client.call('Cert/PinCheck', { cert: key() });
    expect(result).toBe(true);
  });

  it('signs 30 MB from a file, and answers it as bytes', async () => {
    const { client, operations } = watched();
    isSigned((await sign(client, { path: largePdf })).data);
    expect(operations.filter((operation) => operation === 'Signature/Pades')).toHaveLength(1);
  }, 60_000);

  it('signs 30 MB from a stream, and hands the signed document on as one', async () => {
    const source = createReadStream(largePdf);
    const { data, length } = await watched().client.stream('Signature/Pades', pades(source));
    const path = join(folder, 'streamed.pdf');
    await pipeline(Readable.fromWeb(data as NodeStream), createWriteStream(path));
    isSigned(path);
    expect(readFileSync(path)).toHaveLength(length ?? -1);
  }, 60_000);

  it('takes a document as bytes, as a Blob and as a function that opens a stream', async () => {
    const bytes = samplePdf('small');
    const { client } = watched();
    for (const document of [bytes, new Blob([bytes]), () => Readable.from([bytes])])
      isSigned((await sign(client, document)).data, bytes);
  });

  it('tells the refusal of a document as the error that it is, where a stream was wanted too', async () => {
    const { client } = watched();
    const request = pades(Buffer.from('no PDF'));
    expect(await failureOf(client.stream('Signature/Pades', request))).toMatchObject({ code: 'K0013' });
    expect(await failureOf(client.call('Signature/Pades', request))).toMatchObject({ code: 'K0013' });
  });

  it('logs in again when its token is refused', async () => {
    const lost = watched();
    await lost.loseSession(keyman.url);
    expect((await lost.client.call('User/Get', {})).user.userid).toBe('ana');
    expect(lost.logIns).toBe(2);
  });

  it('logs in once for many calls, at the beginning and when the token is refused', async () => {
    const lost = watched();
    const many = () => Promise.all(Array.from({ length: 12 }, () => lost.client.call('Cert/ListAvailable', {})));
    await many();
    expect(lost.logIns).toBe(1);
    await lost.loseSession(keyman.url);
    await many();
    expect(lost.logIns).toBe(2);
  });

  it('sends a large document again when its token was refused', async () => {
    const lost = watched();
    await lost.loseSession(keyman.url);
    isSigned((await sign(lost.client, { path: largePdf })).data);
    expect(lost.logIns).toBe(2);
  }, 60_000);

  it('sends no stream twice: the call fails, the next one has a new token', async () => {
    const lost = watched();
    await lost.loseSession(keyman.url);
    const small = Readable.from([samplePdf('small')]);
    expect(await failureOf(lost.client.call('Signature/Pades', pades(small)))).toMatchObject({
      code: 'K0002',
      outcome: 'not-performed',
    });
    expect((await sign(lost.client, samplePdf('small'))).data.length).toBeGreaterThan(0);
  });

  it('does not go on with a password that was refused', async () => {
    let pass = 'not-the-password';
    const refused = watched({ credentials: { login: 'locked', pass: () => pass } });
    for (let each = 0; each < 5; each += 1)
      expect(await failureOf(refused.client.call('User/Get', {}))).toMatchObject({
        code: 'K0002',
        operation: 'Auth/Login',
      });
    expect(refused.logIns).toBe(1);
    pass = PASSWORD;
    expect(await refused.client.logIn()).toMatchObject({ userid: 'locked' });
  });

  it('gives up at its time limit, and says that the outcome is unknown', async () => {
    // Signatures are never answered; everything else passes.
    const slow = watched({
      fetch: (address, init) =>
        address.endsWith('Sign/Hash')
          ? new Promise((_resolve, reject) => {
              init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
            })
          : fetch(address, init),
    });
    const request = { cert: key(), hash: { algorithm: 'SHA256', digest } } as const;
    const error = await failureOf(slow.client.call('Sign/Hash', request, { timeoutMs: 300 }));
    expect(error).toBeInstanceOf(KeymanTimeoutError);
    expect(error).toMatchObject({ outcome: 'unknown', timeoutMs: 300, operation: 'Sign/Hash' });
  });

  it('ends at the caller’s signal: before it was sent, and while a document leaves', async () => {
    const { client, operations } = watched();
    const early = await failureOf(client.call('User/Get', {}, { signal: AbortSignal.abort('changed my mind') }));
    expect(early).toBeInstanceOf(KeymanAbortError);
    expect(early).toMatchObject({ outcome: 'not-performed', cause: 'changed my mind' });
    expect(operations).not.toContain('User/Get');

    const stop = new AbortController();
    const endless = async function* () {
      for (;;) {
        yield new Uint8Array(64 * 1024);
        await new Promise((resolve) => setTimeout(resolve, 1));
        stop.abort();
      }
    };
    const under = await failureOf(client.call('Signature/Pades', pades(endless), { signal: stop.signal }));
    expect(under).toBeInstanceOf(KeymanAbortError);
    expect(under).toMatchObject({ outcome: 'not-performed', operation: 'Signature/Pades' });
  });

  it('tells a document that cannot be read', async () => {
    const error = await failureOf(sign(watched().client, { path: join(folder, 'nowhere.pdf') }));
    expect(error).toBeInstanceOf(KeymanDocumentError);
    expect(error).toMatchObject({ outcome: 'not-performed', cause: { code: 'ENOENT' } });
  });

  it('tells a server that is not there from one that refuses', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    const error = await failureOf(new WatchedClient(`http://127.0.0.1:${port}`).client.call('User/Get', {}));
    expect(error).toBeInstanceOf(KeymanConnectionError);
    expect(error).toMatchObject({ outcome: 'not-performed' });
  });
});
