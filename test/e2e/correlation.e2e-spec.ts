import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { KeymanDatabase } from './keyman-database.ts';
import { sendRaw, type RawAnswer, type RawCall } from './raw-http.ts';
import { RunningKeyman } from './running-keyman.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const USER_GET = '/Keyman/rest/v3/User/Get';

describe('the id of a request', () => {
  let keyman: RunningKeyman;
  let database: KeymanDatabase;
  let token: string;

  beforeAll(async () => {
    keyman = await RunningKeyman.start({ ...CHEAP_HASHING, KEYMAN_LOG_LEVEL: 'debug' });
    database = await KeymanDatabase.open(keyman.home);
    token = String((await keyman.admin()).token);
  }, 90_000);
  afterAll(async () => {
    await database.close();
    await keyman.remove();
  }, 30_000);

  const send = (call: RawCall): Promise<RawAnswer> =>
    sendRaw(keyman.url, { ...call, headers: { authentication: token, ...call.headers } });
  const idOf = (answer: RawAnswer): string => String(answer.headers['x-correlation-id']);

  it.each<[string, number, RawCall]>([
    ['success', 200, { path: USER_GET }],
    ['an application error', 200, { path: '/Keyman/rest/v3/Cert/Get' }],
    ['no session', 200, { path: USER_GET, headers: { authentication: 'none' } }],
    ['an unknown operation', 404, { path: '/Keyman/rest/v3/No/Such' }],
    ['an unknown path', 404, { path: '/nowhere' }],
    ['a path that cannot be decoded', 400, { path: '/Keyman/rest/v3/User/%zz' }],
    ['a body that is not JSON', 400, { path: USER_GET, chunks: [Buffer.from('{')] }],
    ['a body that is too large', 413, { path: USER_GET, headers: { 'content-length': '99999999' }, ends: false }],
    ['health', 200, { method: 'GET', path: '/health/live' }],
    ['a description', 200, { method: 'GET', path: '/Keyman/KeymanServiceV3.svc?wsdl' }],
    ['a fault', 415, { path: '/Keyman/KeymanServiceV3.svc', chunks: [Buffer.from('x')] }],
  ])('is in the answer: %s', async (_name, status, call) => {
    const answer = await send(call);
    expect(answer.status).toBe(status);
    expect(idOf(answer)).toMatch(UUID);
  });

  it('is in the answer to what is not even HTTP', async () => {
    const { hostname, port } = new URL(keyman.url);
    const socket = connect(Number(port), hostname);
    socket.end('\u0016\u0003\u0001 this is TLS\r\n\r\n');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toMatch(/\r\nx-correlation-id: [0-9a-f-]{36}\r\n/);
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ error: { code: 'K0005' } });
  });

  it('is another for each request, and the traceid of v4 to v6', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => send({ path: '/Keyman/rest/v6/User/Get', chunks: [Buffer.from('{}')] })),
    );
    expect(new Set(answers.map(idOf)).size).toBe(20);
    for (const answer of answers) {
      const { error } = JSON.parse(answer.text) as { error: { traceid: string } };
      expect(error.traceid).toBe(idOf(answer));
    }
  });

  it('is in the audit record, with the caller’s own beside it', async () => {
    const answer = await send({ path: USER_GET, headers: { 'x-request-id': 'order-4711' } });
    expect(answer.headers['x-request-id']).toBe('order-4711');
    expect(idOf(answer)).toMatch(UUID);
    const rows = await database.query('SELECT action, info FROM audit_record WHERE traceid = $1', [idOf(answer)]);
    expect(rows).toEqual([{ action: 'Get', info: "User/Get ok; caller's id order-4711" }]);
  });

  it('is in every log line of the request, after a body too', async () => {
    const path = '/Keyman/rest/v3/User/Get';
    const body = JSON.stringify({ user: { userid: 'nobody', name: 'x'.repeat(100_000) } });
    for (const chunks of [[Buffer.from('{"user":{"userid":"nobody"}}')], [Buffer.from(body)]]) {
      const answer = await send({ path, headers: { 'x-correlation-id': 'mine-1' }, chunks });
      const lines = linesWith(idOf(answer));
      expect(lines.length).toBeGreaterThan(0);
      for (const line of lines) expect(line).toMatchObject({ trace: idOf(answer), request: 'mine-1' });
    }
  });

  it('cannot be chosen by the caller, nor used to forge a line', async () => {
    const chosen = '11111111-2222-4333-8444-555555555555';
    const answer = await send({ path: '/Keyman/rest/v3/Cert/Get', headers: { 'x-correlation-id': chosen } });
    expect(idOf(answer)).not.toBe(chosen);
    for (const forged of ['a b', '","level":"error', 'x'.repeat(65), '<script>']) {
      const refused = await send({ path: '/Keyman/rest/v3/Cert/Get', headers: { 'x-request-id': forged } });
      expect(refused.headers['x-request-id']).toBeUndefined();
      for (const line of linesWith(idOf(refused))) expect(line['request']).toBeUndefined();
      expect(keyman.output).not.toContain(forged);
    }
  });

  function linesWith(traceId: string): Record<string, unknown>[] {
    return keyman.output
      .split('\n')
      .filter((line) => line.startsWith('{') && line.includes(traceId))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
});
