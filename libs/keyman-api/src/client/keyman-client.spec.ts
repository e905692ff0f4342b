import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import type { Fetch } from '@cinnabar/core';
import type { CertObject } from '../objects/cert.ts';
import {
  isSafe,
  KeymanAnswerError,
  KeymanClient,
  KeymanConnectionError,
  KeymanError,
  type KeymanClientOptions,
} from './index.ts';

const PASS = 'a-very-secret-password';
const PIN = '4711-secret-pin';
const TOKEN = 'c2VjcmV0LXRva2Vu';
const DIGEST = new Uint8Array(32).fill(7);
const signing = { cert: { certid: 'A1', pin: PIN }, hash: { algorithm: 'SHA256', digest: DIGEST } } as const;

type Answering = (operation: string, body: string) => Response | Promise<Response>;

const json = (body: unknown, init: ResponseInit = {}): Response => new Response(JSON.stringify(body), init);
const user = {
  ...Object.fromEntries(
    'userid extid email name lastname lastip ident createdate lastlogin previouslogin authprovider lang phone orgaid'
      .split(' ')
      .map((member) => [member, 'ana']),
  ),
  ...{ disabled: false, admin: false, superadmin: false, valid: true, pass: null, validation: null },
};
const broken = () =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }) });

/** A client whose server is a function; log-ins succeed unless it says otherwise. */
function clientOf(answering: Answering, further: Partial<KeymanClientOptions> = {}) {
  const operations: string[] = [];
  const fetch: Fetch = async (url, init) => {
    const operation = url.split('/').slice(-2).join('/');
    operations.push(operation);
    if (operation === 'Auth/Login') return json({ error: null, token: TOKEN, user });
    const body = init?.body;
    return answering(operation, body instanceof ReadableStream ? await new Response(body).text() : (body as string));
  };
  const credentials = { login: 'ana', pass: PASS };
  const client = new KeymanClient({ url: 'https://keyman.test', module: 'spec', credentials, fetch, ...further });
  return { client, operations };
}

const failureOf = (call: Promise<unknown>): Promise<KeymanError> =>
  call.then(
    () => Promise.reject(new Error('it went well')),
    (error: unknown) => error as KeymanError,
  );

describe('the typed client', () => {
  it('sends bytes as base64 and answers them as bytes', async () => {
    let sent = '';
    const { client } = clientOf((_operation, body) => {
      sent = body;
      return json({ error: null, data: 'AAEC' });
    });
    const { data } = await client.call('Sign/Hash', signing);
    expect([...data]).toEqual([0, 1, 2]);
    expect(JSON.parse(sent)).toEqual({
      cert: { certid: 'A1', pin: PIN },
      hash: { algorithm: 'SHA256', digest: Buffer.from(DIGEST).toString('base64') },
    });
  });

  it('ignores what it does not know, and names what is missing without telling values', async () => {
    const { client } = clientOf(() => json({ error: null, user: { ...user, novelty: 1 }, more: 2 }));
    expect(await client.call('User/Get', {})).toEqual({ user });
    const lacking = clientOf(() => json({ error: null, user: { ...user, userid: 4711 } }));
    const error = await failureOf(lacking.client.call('User/Get', {}));
    expect(error).toBeInstanceOf(KeymanAnswerError);
    expect(error).toMatchObject({ outcome: 'performed', message: expect.stringContaining('user.userid') });
    expect(error.message).not.toContain('4711');
  });

  it('takes the K0000 object for success, as v4 and some settings send it', async () => {
    const { client } = clientOf(() => json({ error: { code: 'K0000', message: 'OK' }, result: true }));
    expect(await client.call('Cert/PinCheck', { cert: { certid: 'A1', pin: PIN } })).toEqual({ result: true });
  });

  it('tells code, trace, status and the time to wait', async () => {
    const { client } = clientOf(() =>
      json(
        { error: { code: 'K0019', message: 'Slowly' } },
        { status: 429, headers: { 'retry-after': '7', 'x-request-id': 'a-trace' } },
      ),
    );
    const error = await failureOf(client.call('User/Get', {}));
    expect(KeymanError.is(error, 'K0002', 'K0019')).toBe(true);
    expect(KeymanError.is(error, 'K0002')).toBe(false);
    expect(error).toMatchObject({ httpStatus: 429, retryAfterSeconds: 7, traceId: 'a-trace', detail: 'Slowly' });
  });

  it.each([
    ['a gateway that failed', 502, 'unknown'],
    ['a gateway that refused', 403, 'not-performed'],
    ['a redirection, which is not followed', 307, 'not-performed'],
    ['a page', 200, 'unknown'],
  ])('does not take %s for keyman', async (_name, status, outcome) => {
    const { client, operations } = clientOf(() => new Response('<html>', { status }));
    const error = await failureOf(client.call('Sign/Hash', signing));
    expect(error).toBeInstanceOf(KeymanAnswerError);
    expect(error).toMatchObject({ httpStatus: status, outcome });
    expect(operations).toEqual(['Auth/Login', 'Sign/Hash']);
  });

  it('says that the outcome of an internal error is unknown', async () => {
    const { client } = clientOf(() => json({ error: { code: 'K0001', message: 'Internal error (x)' } }));
    expect((await failureOf(client.call('Sign/Hash', signing))).outcome).toBe('unknown');
  });

  it('asks again when the connection breaks under an operation that only reads', async () => {
    let broke = false;
    const { client, operations } = clientOf(() => {
      if (broke) return json({ error: null, user });
      broke = true;
      throw broken();
    });
    expect((await client.call('User/Get', {})).user.userid).toBe('ana');
    expect(operations).toEqual(['Auth/Login', 'User/Get', 'User/Get']);
  });

  it('never asks again for a signature or a PIN check whose outcome is unknown', async () => {
    const { client, operations } = clientOf(() => Promise.reject(broken()));
    for (const call of [
      client.call('Sign/Hash', signing),
      client.call('Cert/PinCheck', { cert: { certid: 'A1', pin: PIN } }),
      client.call('Signature/Pades', { cert: signing.cert, profile: 'basic', document: DIGEST }),
    ]) {
      const error = await failureOf(call);
      expect(error).toBeInstanceOf(KeymanConnectionError);
      expect(error).toMatchObject({ outcome: 'unknown', message: expect.stringContaining('ECONNRESET') });
    }
    expect(operations).toEqual(['Auth/Login', 'Sign/Hash', 'Cert/PinCheck', 'Signature/Pades']);
  });

  it('sends a document again whose connection broke before all of it had left', async () => {
    const sent: string[] = [];
    const credentials = { login: 'ana', pass: PASS };
    const fetch: Fetch = async (url, init) => {
      const operation = url.split('/').slice(-2).join('/');
      sent.push(operation);
      if (operation === 'Auth/Login') return json({ error: null, token: TOKEN, user });
      if (operation === 'User/Get') return json({ error: null, user });
      // The first time only the beginning is asked for.
      const reader = (init?.body as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      if (sent.filter((each) => each === operation).length === 1) throw broken();
      while (!(await reader.read()).done);
      return json({ error: null, data: 'AAEC' });
    };
    const client = new KeymanClient({ url: 'https://keyman.test', module: 'spec', credentials, fetch });
    const request = { cert: signing.cert, profile: 'basic', document: DIGEST } as const;
    expect([...(await client.call('Signature/Pades', request)).data]).toEqual([0, 1, 2]);
    expect(sent).toEqual(['Auth/Login', 'Signature/Pades', 'User/Get', 'Signature/Pades']);
  });

  it('takes for safe what reads, and nothing else', () => {
    for (const reads of ['User/Get', 'Cert/ListAvailable', 'Audit/List', 'Verify/Pades', 'Auth/TokenCheck'])
      expect([reads, isSafe(reads)]).toEqual([reads, true]);
    for (const acts of [
      'Sign/Hash',
      'Cert/PinCheck',
      'Cert/PinSet',
      'User/Add',
      'Signature/Pades',
      'Otp/Request',
      'Cert/GenCSR',
    ])
      expect([acts, isSafe(acts)]).toEqual([acts, false]);
  });

  it('keeps credentials, PIN and token out of itself and of its errors', async () => {
    const { client } = clientOf(() => json({ error: { code: 'K0009', message: 'Wrong PIN' }, data: null }));
    const error = await failureOf(client.call('Sign/Hash', signing));
    for (const shown of [client, error]) {
      const text = inspect(shown, { depth: 20, showHidden: true }) + JSON.stringify(shown);
      for (const secret of [PASS, PIN, TOKEN]) expect(text).not.toContain(secret);
    }
  });

  it.each([
    ['http://keyman.example.org', /plain http/],
    ['https://ana:secret@keyman.example.org', /user or a password/],
    ['ftp://keyman.example.org', /http\(s\)/],
    ['keyman', /http\(s\)/],
  ])('refuses the address %s', (url, why) => {
    const make = () => clientOf(() => json({}), { url });
    expect(make).toThrow(why);
    expect(make).not.toThrow(/secret/);
  });

  it('goes unencrypted to this machine, and elsewhere only where it is told to', () => {
    expect(() => clientOf(() => json({}), { url: 'http://127.0.0.1:8080' })).not.toThrow();
    expect(() => clientOf(() => json({}), { url: 'http://keyman:8080', allowPlainHttp: true })).not.toThrow();
  });

  it('is typed by the declarations', () => {
    const { client } = clientOf(() => json({ error: null, certlist: [] }));
    // Never called: the compiler is the judge here.
    const typed = async (): Promise<readonly CertObject[]> => {
      await client.call('Audit/List', { startdate: new Date(), enddate: '2026-01-01', page: { id: 2 } });
      // @ts-expect-error a member is missing
      await client.call('Cert/PinCheck', { cert: { certid: 'A1' } });
      // @ts-expect-error no such operation
      await client.call('Cert/PinGuess', {});
      // @ts-expect-error a word that is not listed
      await client.call('Sign/Hash', { cert: signing.cert, hash: { algorithm: 'SHA3', digest: DIGEST } });
      // @ts-expect-error bytes are bytes
      await client.call('Sign/Hash', { cert: signing.cert, hash: { algorithm: 'SHA256', digest: 'AAEC' } });
      return (await client.call('Cert/ListAvailable', {})).certlist;
    };
    expect(typed).toBeInstanceOf(Function);
  });
});
