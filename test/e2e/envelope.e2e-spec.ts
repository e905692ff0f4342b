import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { errorOf, sendRaw, type RawCall } from './raw-http.ts';
import type { RestCaller } from './rest-caller.ts';
import { ADMIN_PASSWORD, RunningKeyman } from './running-keyman.ts';

const LOG_IN = { module: 'e2e', authmethod: 'pass', login: 'admin', pass: ADMIN_PASSWORD };
const SMALL_LIMIT_BYTES = 100_000;
/** A body of this length needs a session before it is read. */
const LARGE_BYTES = 80_000;

describe('REST as clients dress it', () => {
  let keyman: RunningKeyman;
  let admin: RestCaller;
  let token: string;
  /** With the settings that change how answers are dressed. */
  let strict: RunningKeyman;

  beforeAll(async () => {
    [keyman, strict] = await Promise.all([
      RunningKeyman.start(CHEAP_HASHING),
      RunningKeyman.start({
        ...CHEAP_HASHING,
        KEYMAN_ALWAYS_ERROR_OBJECT: 'true',
        KEYMAN_HTTP_STATUS_ERRORS: 'true',
        KEYMAN_BODY_LIMIT_BYTES: String(SMALL_LIMIT_BYTES),
      }),
    ]);
    admin = await keyman.admin();
    token = String(admin.token);
  }, 90_000);
  afterAll(() => Promise.all([keyman.remove(), strict.remove()]), 30_000);

  const raw = (call: RawCall) => sendRaw(keyman.url, call);
  const json = (path: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
    raw({ path, headers: { 'content-type': 'application/json', ...headers }, chunks: [Buffer.from(body)] });
  const userGet = '/Keyman/rest/v3/User/Get';
  const aToken = () => ({ authentication: token });

  describe('the error member', () => {
    it('is null on success, log-in included, and comes with status 200', async () => {
      const loggedIn = await keyman.anyone.call('Auth/Login', LOG_IN);
      expect([loggedIn.status, loggedIn.body['error']]).toEqual([200, null]);
      expect((await admin.call('User/Get')).body['error']).toBeNull();
    });

    it('is the K0000 object for Audit/List', async () => {
      const range = { startdate: '2018-04-01T00:00:00.000Z', enddate: '2018-04-30T23:59:59.999Z' };
      expect((await admin.call('Audit/List', range)).body['error']).toEqual({ code: 'K0000', message: 'OK' });
    });

    it('names an application error with status 200, and has code and message alone', async () => {
      const refused = await admin.call('User/Get', { user: { userid: 'nobody' } });
      expect(refused.status).toBe(200);
      expect(refused.body).toEqual({ error: { code: 'K0006', message: 'There is no such user' } });
    });

    it.each(['v4', 'v5', 'V6'])(
      'carries code, message and traceid in %s, success and log-in included',
      async (version) => {
        const traced = (code: string) => ({
          code,
          message: expect.any(String),
          traceid: expect.stringMatching(/^[0-9A-Za-z-]{8,}$/),
        });
        expect((await keyman.anyone.call('Auth/Login', LOG_IN, version)).body['error']).toEqual(traced('K0000'));
        expect((await admin.call('User/Get', {}, version)).body['error']).toEqual(traced('K0000'));
        expect((await admin.call('User/Get', { user: { userid: 'nobody' } }, version)).body['error']).toEqual(
          traced('K0006'),
        );
        expect((await admin.call('User/Nothing', {}, version)).body['error']).toEqual(traced('K0006'));
      },
    );

    it('is an object everywhere, and has an HTTP status of its own, where the settings say so', async () => {
      const caller = await strict.admin();
      expect((await caller.call('User/Get')).body['error']).toEqual({ code: 'K0000', message: 'OK' });
      expect((await caller.call('User/Get', { user: { userid: 'nobody' } })).status).toBe(404);
      expect((await caller.call('Cert/Get')).status).toBe(400);
      expect((await strict.anyone.call('User/Get')).status).toBe(401);
    });
  });

  describe('the path', () => {
    it.each(['/keyman/REST/V3/user/GET', '/KEYMAN/rest/v3/USER/get', '/Keyman/rest/v3/User/Get/'])(
      'is read in any case: %s',
      async (path) => {
        const answer = await json(path, '{}', aToken());
        expect(JSON.parse(answer.text)).toMatchObject({ error: null, user: { userid: 'admin' } });
      },
    );

    it.each([
      ['POST', '/Keyman/rest/v3/User/Nothing'],
      ['POST', '/Keyman/rest/v3/User'],
      ['POST', '/Keyman/rest/v7/User/Get'],
      ['POST', '/Keyman/rest/v3/constructor/toString'],
      ['POST', '/'],
      ['GET', '/Keyman/rest/v3/User/Get'],
      ['PUT', '/Keyman/rest/v3/User/Get'],
      ['GET', '/Keyman/rest/v3/%2e%2e/%2e%2e'],
    ])('answers 404 and an error object to %s %s', async (method, path) => {
      const answer = await raw({ method, path, headers: aToken() });
      expect([answer.status, errorOf(answer)]).toEqual([404, { code: 'K0006', message: 'There is no such operation' }]);
    });

    it('answers an error object also to a path that cannot be decoded', async () => {
      const answer = await raw({ path: '/Keyman/rest/v3/User/%zz' });
      expect([answer.status, errorOf(answer).code]).toEqual([400, 'K0005']);
    });
  });

  describe('the token', () => {
    it('comes raw in Authentication, or in Authorization with Bearer', async () => {
      for (const headers of [{ authentication: token }, { authorization: `Bearer ${token}` }]) {
        expect(errorOf(await json(userGet, '{}', headers))).toBeNull();
      }
    });

    it.each([
      ['none', {}],
      ['an unknown one', { authentication: 'KV2BxG3kj5YvgQ3N1AOP7Oj7BNSUQot/T087Z+RdZReo=' }],
      ['an empty one', { authentication: '' }],
      ['an endless one', { authentication: 'A'.repeat(10_000) }],
      ['another scheme', { authorization: 'Basic YWRtaW46YWRtaW4=' }],
    ])('is refused with K0002: %s', async (_name, headers) => {
      expect(errorOf(await json(userGet, '{}', headers as Record<string, string>)).code).toBe('K0002');
    });
  });

  describe('the body', () => {
    it.each(['""', '', 'null', '{}', '  ', '\uFEFF{}'])('may be %j for {}', async (body) => {
      expect(errorOf(await json(userGet, body, aToken()))).toBeNull();
    });

    it('may come without a content type, under any, and not at all', async () => {
      for (const headers of [
        {},
        { 'content-type': 'text/plain' },
        { 'content-type': 'application/json; charset=utf-8' },
      ])
        expect(
          errorOf(await raw({ path: userGet, headers: { ...aToken(), ...headers }, chunks: [Buffer.from('{}')] })),
        ).toBeNull();
      expect(errorOf(await raw({ path: userGet, headers: aToken() }))).toBeNull();
      expect(
        errorOf(await raw({ path: userGet, headers: { ...aToken(), 'content-type': 'application/json' } })),
      ).toBeNull();
    });

    it.each(['{"user":', '{"user":{"userid":"a",}}', 'user=a', '{} {}', "{'a':1}"])(
      'is answered with 400 and an error object where it is not JSON: %s',
      async (body) => {
        const answer = await json(userGet, body, aToken());
        expect([answer.status, errorOf(answer)]).toEqual([
          400,
          { code: 'K0005', message: 'The body is not JSON in UTF-8' },
        ]);
      },
    );

    it('is answered with 400 where it is not UTF-8, no object, or nested without end', async () => {
      const endless = `${'{"user":'.repeat(5000)}{}${'}'.repeat(5000)}`;
      for (const body of [Buffer.from([0x22, 0xff, 0x22]), Buffer.from('[]'), Buffer.from('7'), Buffer.from(endless)]) {
        const answer = await raw({ path: userGet, headers: aToken(), chunks: [body] });
        expect([answer.status, errorOf(answer).code]).toEqual([400, 'K0005']);
      }
    });

    it('never comes back in an error', async () => {
      const secret = 'geheim-7731';
      for (const body of [
        `{"pin":"${secret}"`,
        `{"user":{"userid":{"${secret}":1}}}`,
        `{"user":{"userid":["${secret}"]}}`,
      ])
        expect((await json(userGet, body, aToken())).text).not.toContain(secret);
    });

    it('is refused above the limit with 413, naming the multipart form', async () => {
      const caller = await strict.admin();
      const body = JSON.stringify({ document: 'A'.repeat(SMALL_LIMIT_BYTES) });
      const answer = await sendRaw(strict.url, {
        path: '/Keyman/rest/v3/Signature/Pades',
        headers: { authentication: String(caller.token), 'content-length': String(body.length) },
        chunks: [Buffer.from(body)],
      });
      expect(answer.status).toBe(413);
      expect(errorOf(answer).code).toBe('K0005');
      expect(errorOf(answer).message).toContain('multipart/form-data');
    });

    it('is refused above the limit also where it comes in chunks', async () => {
      const caller = await strict.admin();
      const answer = await sendRaw(strict.url, {
        path: '/Keyman/rest/v3/Signature/Pades',
        headers: { authentication: String(caller.token) },
        chunks: Array.from({ length: 20 }, () => Buffer.alloc(10_000, 0x20)),
      });
      expect([answer.status, errorOf(answer).code]).toEqual([413, 'K0005']);
    });
  });

  describe('a large body without a session', () => {
    it('is refused before it is sent', async () => {
      const answer = await raw({
        path: '/Keyman/rest/v3/Signature/Pades',
        headers: { 'content-length': String(60 * 1024 * 1024) },
        chunks: [Buffer.from('{"document":"')],
        ends: false,
      });
      expect(errorOf(answer).code).toBe('K0002');
    });

    it('is refused where it grows large in chunks, although it never ends', async () => {
      const answer = await raw({
        path: '/Keyman/rest/v3/Signature/Pades',
        headers: { 'transfer-encoding': 'chunked' },
        chunks: Array.from({ length: 10 }, () => Buffer.alloc(LARGE_BYTES / 8, 0x20)),
        ends: false,
      });
      expect(errorOf(answer).code).toBe('K0002');
    });

    it('is refused as multipart too', async () => {
      const answer = await raw({
        path: '/Keyman/rest/v3/Signature/Pades',
        headers: { 'content-type': 'multipart/form-data; boundary=x', 'content-length': String(LARGE_BYTES) },
        chunks: [Buffer.from('--x\r\n')],
        ends: false,
      });
      expect(errorOf(answer).code).toBe('K0002');
    });

    it('is refused in words also where the client sends all of it and asks for the end of the connection', async () => {
      const body = Buffer.alloc(20 * 1024 * 1024, 0x20);
      for (let times = 0; times < 20; times++) {
        const answer = await raw({
          path: '/Keyman/rest/v3/Signature/Pades',
          headers: { 'content-length': String(body.length), connection: 'close' },
          chunks: [body],
        });
        expect(errorOf(answer).code).toBe('K0002');
      }
    });

    // Each of these once ended the whole server: the body's error found no listener.
    it.each([
      ['a form', 'POST', '/Keyman/rest/v3/Signature/Pades', { 'content-type': 'multipart/form-data; boundary=x' }],
      ['a path that is not there', 'POST', '/nowhere', {}],
      ['a method without a body', 'GET', '/health/ready', {}],
    ])('does no harm in chunks to %s', async (_name, method, path, headers: Record<string, string>) => {
      const chunks = [Buffer.from('--x\r\n'), ...Array.from({ length: 40 }, () => Buffer.alloc(LARGE_BYTES / 8, 0x20))];
      await raw({ method, path, headers: { ...headers, 'transfer-encoding': 'chunked' }, chunks });
      expect(errorOf(await json('/Keyman/rest/v3/auth/login', JSON.stringify(LOG_IN)))).toBeNull();
    });

    it('is told why, although all of it was on its way', async () => {
      const call = {
        path: '/Keyman/rest/v3/Signature/Pades',
        headers: { 'content-type': 'multipart/form-data; boundary=x', 'transfer-encoding': 'chunked' },
        chunks: Array.from({ length: 20 }, () => Buffer.alloc(LARGE_BYTES / 4, 0x20)),
      };
      for (let each = 0; each < 20; each += 1) expect(errorOf(await raw(call)).code).toBe('K0002');
    });

    it('leaves room for a log-in, also in chunks', async () => {
      const body = Buffer.from(JSON.stringify(LOG_IN));
      const answer = await raw({
        path: '/Keyman/rest/v3/auth/login',
        headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
        chunks: [body.subarray(0, 10), body.subarray(10)],
      });
      expect(errorOf(answer)).toBeNull();
    });
  });

  it('lets nobody keep or sniff an answer', async () => {
    for (const path of [userGet, '/Keyman/rest/v3/User/Nothing', '/nowhere']) {
      const { headers } = await json(path, '{}', aToken());
      expect([headers['cache-control'], headers['x-content-type-options'], headers['content-type']]).toEqual([
        'no-store',
        'nosniff',
        'application/json; charset=utf-8',
      ]);
    }
  });
});
