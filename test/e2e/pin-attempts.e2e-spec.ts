import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { RoleConnection } from './database-roles.ts';
import { addUser, importFor, PASSWORD, PIN } from './people.ts';
import { overTwoConnections } from './pipelined-connection.ts';
import type { Answer, RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';

const LIMIT = 5;
const DAILY_CAP = 12;
const FORTY = Array.from({ length: 40 });

describe('guessing a PIN over REST', () => {
  let keyman: RunningKeyman;
  let database: RoleConnection;
  let admin: RestCaller;
  let users = 0;

  beforeAll(async () => {
    keyman = await RunningKeyman.start({ ...CHEAP_HASHING, KEYMAN_PIN_TRIES_PER_DAY: String(DAILY_CAP) });
    database = await RoleConnection.open(keyman.home, 'superuser');
    admin = await keyman.admin();
  }, 90_000);
  afterAll(async () => {
    await database.close();
    await keyman.remove();
  });

  interface Victim {
    readonly client: RestCaller;
    readonly certid: string;
  }

  /** A user with a certificate of his own; its key is not unlocked yet. */
  async function victim(): Promise<Victim> {
    const userid = `victim-${++users}`;
    await addUser(admin, userid);
    const client = await keyman.logIn(userid, PASSWORD);
    return { client, certid: await importFor(client, 'clara') };
  }

  const bodyOf = ({ certid }: Victim, pin: string) => ({ cert: { certid, pin } });
  const check = (of: Victim, pin: string): Promise<Answer> => of.client.call('Cert/PinCheck', bodyOf(of, pin));
  const atOnce = (of: Victim, pins: readonly string[]): Promise<Answer[]> =>
    overTwoConnections(
      keyman.url,
      of.client.token ?? '',
      'Cert/PinCheck',
      pins.map((pin) => bodyOf(of, pin)),
    );
  const wrongPins = (count: number): string[] => Array.from({ length: count }, (_, index) => `Wrong-${index}-guess`);
  const codesOf = (answers: readonly Answer[]): Record<string, number> => {
    const codes: Record<string, number> = {};
    for (const { code } of answers) codes[code] = (codes[code] ?? 0) + 1;
    return codes;
  };

  /** What the audit says of PIN checks of this certificate: how many records for each code. */
  async function auditOf({ certid }: Victim): Promise<Record<string, number>> {
    const rows = await database.rows<{ code: string; records: number }>(
      `SELECT coalesce(error_code, 'K0000') AS code, count(*)::int AS records FROM audit_record
        WHERE certid = $1 AND category = 'Cert' AND action = 'PinCheck' AND success = (error_code IS NULL) GROUP BY 1`,
      [certid],
    );
    return Object.fromEntries(rows.map(({ code, records }) => [code, records]));
  }

  /** Tries spent, as stored: only a try that was reserved can have been evaluated. */
  const spent = ({ certid }: Victim): Promise<number> =>
    database.value<number>('SELECT tries_in_row AS value FROM key_slot WHERE certid = $1', [certid]);

  it('forty wrong PINs at once over two connections never get more than the limit evaluated', async () => {
    const target = await victim();
    const answers = await atOnce(target, wrongPins(40));
    // The last try that is evaluated answers "locked" itself.
    expect(codesOf(answers)).toEqual({ K0009: LIMIT - 1, K0010: 40 - LIMIT + 1 });
    expect(await auditOf(target)).toEqual({ K0009: LIMIT - 1, K0010: 40 - LIMIT + 1 });
    expect(await spent(target)).toBe(LIMIT);
    expect(await target.client.refusal('Cert/PinCheck', bodyOf(target, PIN))).toBe('K0010 The PIN is locked');
  });

  it('forty with the right one last never open', async () => {
    const target = await victim();
    const answers = await atOnce(target, [...wrongPins(39), PIN]);
    expect(answers.at(-1)?.code).toBe('K0010');
    expect(codesOf(answers)['K0000']).toBeUndefined();
    expect(await auditOf(target)).toEqual({ K0009: LIMIT - 1, K0010: 40 - LIMIT + 1 });
  });

  it('forty right ones at once, cold, all succeed and spend nothing', async () => {
    const target = await victim();
    expect(
      codesOf(
        await atOnce(
          target,
          FORTY.map(() => PIN),
        ),
      ),
    ).toEqual({ K0000: 40 });
    expect(await auditOf(target)).toEqual({ K0000: 40 });
    expect(await spent(target)).toBe(0);
  });

  it('locked means locked for the right PIN too, also where the key was unlocked before, and for signing', async () => {
    const target = await victim();
    expect((await check(target, PIN)).code).toBe('K0000');
    const answers = await atOnce(target, wrongPins(40));
    expect(codesOf(answers)).toEqual({ K0009: LIMIT - 1, K0010: 40 - LIMIT + 1 });
    expect((await check(target, PIN)).code).toBe('K0010');
    const digest = Buffer.alloc(32, 7).toString('base64');
    const signing = { ...bodyOf(target, PIN), hash: { algorithm: 'SHA256', digest } };
    expect(await target.client.refusal('Sign/Hash', signing)).toBe('K0010 The PIN is locked');
  });

  it('a wrong PIN counts against an unlocked key, and tells the tries left beside result:false', async () => {
    const target = await victim();
    await check(target, PIN);
    for (const left of [4, 3]) {
      const { code, message, body, status } = await check(target, `Wrong-${left}-unlocked`);
      expect({ code, message, result: body['result'], status }).toEqual({
        code: 'K0009',
        message: `Wrong PIN, ${left} tries left`,
        result: false,
        status: 200,
      });
    }
    expect(await spent(target)).toBe(2);
  });

  it('a right PIN gives the tries back', async () => {
    const target = await victim();
    for (const pin of wrongPins(LIMIT - 1)) expect((await check(target, pin)).code).toBe('K0009');
    expect(await check(target, PIN)).toMatchObject({ code: 'K0000', body: { result: true } });
    expect((await check(target, 'Wrong-once-more')).message).toBe('Wrong PIN, 4 tries left');
  });

  it('the last try answers that the PIN is locked, with result:false', async () => {
    const target = await victim();
    const messages: string[] = [];
    for (const pin of wrongPins(LIMIT)) messages.push((await check(target, pin)).message);
    expect(messages).toEqual([
      ...[4, 3, 2].map((left) => `Wrong PIN, ${left} tries left`),
      'Wrong PIN, 1 try left',
      'The PIN is locked',
    ]);
    expect((await check(target, PIN)).body).toMatchObject({ result: false, error: { code: 'K0010' } });
  });

  it('a day has its cap, whatever right PINs give back in between', async () => {
    const target = await victim();
    let wrong = 0;
    while (wrong < DAILY_CAP) {
      const { code, message } = await check(target, `Wrong-${++wrong}-today`);
      expect(`${wrong}: ${code}`).toBe(`${wrong}: ${wrong < DAILY_CAP ? 'K0009' : 'K0010'}`);
      // The nearer of the two limits is told.
      const left = Math.min(DAILY_CAP - wrong, LIMIT - 1 - ((wrong - 1) % 3));
      if (left > 0) expect(message).toMatch(new RegExp(`^Wrong PIN, ${left} tr(y|ies) left$`));
      if (wrong % 3 === 0 && wrong < DAILY_CAP) expect((await check(target, PIN)).code).toBe('K0000');
    }
    expect((await check(target, PIN)).code).toBe('K0010');
    // The next day it opens again: a cap is no lock.
    await database.rows('UPDATE key_slot SET tries_on = tries_on - 1 WHERE certid = $1', [target.certid]);
    expect((await check(target, PIN)).code).toBe('K0000');
  });

  it('tries survive a restart', async () => {
    const target = await victim();
    for (const pin of wrongPins(2)) await check(target, pin);
    const beforehand = await spent(target);
    await database.close();
    expect(await keyman.end('SIGTERM')).toBe(0);
    await keyman.up();
    database = await RoleConnection.open(keyman.home, 'superuser');
    admin = await keyman.admin();
    expect(beforehand).toBe(2);
    expect(await spent(target)).toBe(2);
    const again = { client: await keyman.logIn(`victim-${users}`, PASSWORD), certid: target.certid };
    expect((await check(again, 'Wrong-after-restart')).message).toBe('Wrong PIN, 2 tries left');
  }, 30_000);
});

describe('a kill while a PIN is evaluated', () => {
  let keyman: RunningKeyman;

  beforeAll(async () => {
    // An evaluation that takes long enough to be hit.
    const slow = { KEYMAN_PIN_ARGON2_MEMORY_KIB: '65536', KEYMAN_PIN_ARGON2_PASSES: '16' };
    keyman = await RunningKeyman.start({ ...CHEAP_HASHING, ...slow });
  }, 90_000);
  afterAll(() => keyman.remove());

  it('leaves the try spent: it was taken before the PIN was looked at', async () => {
    await addUser(await keyman.admin(), 'victim');
    const client = await keyman.logIn('victim', PASSWORD);
    const certid = await importFor(client, 'clara');
    const database = await RoleConnection.open(keyman.home, 'superuser');
    const spent = () =>
      database.value<number>('SELECT tries_in_row AS value FROM key_slot WHERE certid = $1', [certid]);
    const unanswered = client.call('Cert/PinCheck', { cert: { certid, pin: 'Wrong-and-cut-off' } }).then(
      () => 'answered',
      () => 'cut off',
    );
    const tries = async (): Promise<number> => {
      const count = await spent();
      return count > 0 ? count : setTimeout(1).then(tries);
    };
    expect(await tries()).toBe(1);
    await keyman.end('SIGKILL');
    expect(await unanswered).toBe('cut off');
    await keyman.up();
    expect(await spent()).toBe(1);
    await database.close();
    const again = await keyman.logIn('victim', PASSWORD);
    expect((await again.call('Cert/PinCheck', { cert: { certid, pin: 'Wrong-again' } })).message).toBe(
      'Wrong PIN, 3 tries left',
    );
  }, 60_000);
});
