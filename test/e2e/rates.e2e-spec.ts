import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { KeymanDatabase } from './keyman-database.ts';
import { addUser, PASSWORD } from './people.ts';
import { errorOf, sendRaw, type RawAnswer } from './raw-http.ts';
import type { RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';
import { SoapCaller } from './soap-caller.ts';

const USER_GET = '/Keyman/rest/v3/User/Get';

describe('rates', () => {
  let keyman: RunningKeyman;
  let database: KeymanDatabase;
  let admin: RestCaller;

  beforeAll(async () => {
    keyman = await RunningKeyman.start({
      ...CHEAP_HASHING,
      KEYMAN_RATE_PER_ADDRESS: '30',
      KEYMAN_RATE_PER_ADDRESS_BURST: '10',
      KEYMAN_RATE_PER_USER: '8',
      KEYMAN_RATE_PER_USER_BURST: '4',
      KEYMAN_TRUSTED_PROXY: '127.0.0.1',
    });
    database = await KeymanDatabase.open(keyman.home);
    admin = await keyman.admin();
  }, 90_000);
  afterAll(async () => {
    await database.close();
    await keyman.remove();
  }, 30_000);

  /** As it arrives through the trusted proxy from that address. */
  const from = (ip: string, token = '', path = USER_GET): Promise<RawAnswer> =>
    sendRaw(keyman.url, { path, headers: { 'x-forwarded-for': ip, authentication: token } });
  const many = (count: number, call: () => Promise<RawAnswer>): Promise<readonly RawAnswer[]> =>
    Promise.all(Array.from({ length: count }, call));
  const refusedOf = (answers: readonly RawAnswer[]): readonly RawAnswer[] =>
    answers.filter(({ status }) => status === 429);

  it('of one address are limited, with K0019 and a time to come again', async () => {
    const answers = await many(120, () => from('192.0.2.1'));
    const refused = refusedOf(answers);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(120);
    for (const answer of refused) {
      expect(errorOf(answer)).toEqual({
        code: 'K0019',
        message: 'Too many requests from this address; try again later',
      });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(answer.headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
    }
    // Another address is not concerned, and health is asked by whoever watches.
    expect((await from('192.0.2.2')).status).toBe(200);
    const health = await many(60, () =>
      sendRaw(keyman.url, { method: 'GET', path: '/health/live', headers: { 'x-forwarded-for': '192.0.2.1' } }),
    );
    expect(refusedOf(health)).toHaveLength(0);
  });

  it('count an IPv6 network as one address', async () => {
    let host = 0;
    const answers = await many(120, () => from(`2001:db8:0:7::${(host += 1).toString(16)}`));
    expect(refusedOf(answers).length).toBeGreaterThan(0);
  });

  it('leave no record for each refusal, and lose no record of what was done', async () => {
    const before = await database.query('SELECT count(*)::int AS records FROM audit_record');
    const answers = await many(150, () => from('192.0.2.3'));
    const after = await database.query('SELECT count(*)::int AS records FROM audit_record');
    const recorded = Number(after[0]?.['records']) - Number(before[0]?.['records']);
    expect(recorded).toBe(answers.length - refusedOf(answers).length);
  });

  it('of one user are limited over all sessions and addresses', async () => {
    await addUser(admin, 'rita');
    const sessions = [await keyman.logIn('rita', PASSWORD), await keyman.logIn('rita', PASSWORD)];
    let call = 0;
    const answers = await many(60, () => {
      call += 1;
      return from(`198.51.100.${call}`, String(sessions[call % 2]?.token));
    });
    const refused = refusedOf(answers);
    expect(refused.length).toBeGreaterThan(0);
    expect(errorOf(refused[0] as RawAnswer).message).toBe('Too many requests from this user; try again later');
    expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    const recorded = await database.query(
      "SELECT count(*)::int AS records FROM audit_record WHERE oper = 'rita' AND action = 'Get'",
    );
    expect(recorded[0]?.['records']).toBe(60 - refused.length);
  });

  it('of one user are told to SOAP callers with a time to come again, too', async () => {
    await addUser(admin, 'saul');
    const soap = new SoapCaller(keyman.url, (await keyman.logIn('saul', PASSWORD)).token);
    let call = 0;
    const refused = (
      await Promise.all(
        Array.from({ length: 60 }, () =>
          soap.call('UserGet', {}, '1.1', { 'x-forwarded-for': `203.0.113.${(call += 1)}` }),
        ),
      )
    ).filter((answer) => answer.text('code') === 'K0019');
    expect(refused.length).toBeGreaterThan(0);
    for (const { raw } of refused) expect(Number(raw.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  });

  it('are told in the log as a number, when the server ends at the latest', async () => {
    await keyman.end('SIGTERM');
    expect(keyman.output).toMatch(/\d+ requests refused by the rate per address in the last minute, the last of /);
    expect(keyman.output).toMatch(
      /\d+ requests refused by the rate per user in the last minute, the last of (rita|saul)/,
    );
    expect(keyman.output.match(/refused by the rate/g)?.length).toBeLessThan(10);
    await keyman.up();
  }, 60_000);
});

describe('without a trusted proxy', () => {
  it('nobody gets a rate of its own by claiming another address', async () => {
    const keyman = await RunningKeyman.start({
      ...CHEAP_HASHING,
      KEYMAN_RATE_PER_ADDRESS: '10',
      KEYMAN_RATE_PER_ADDRESS_BURST: '0',
    });
    let call = 0;
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => {
        call += 1;
        return sendRaw(keyman.url, { path: USER_GET, headers: { 'x-forwarded-for': `192.0.2.${call}` } });
      }),
    );
    await keyman.remove();
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(0);
  }, 90_000);
});
