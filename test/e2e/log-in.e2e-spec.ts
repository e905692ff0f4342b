import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeymanDatabase } from './keyman-database.ts';
import { lettersOf, modeOf } from './letters.ts';
import { addUser, PASSWORD } from './people.ts';
import type { Answer, RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';

/** Longer than the longest slowed answer (4 s): otherwise a lock ends before the next try. */
/** Longer than any machine takes for a test: what has to pass of it is put back in the database. */
const LOCK_MS = 600_000;
const WRONG = { error: { code: 'K0002', message: 'Wrong user or password' } };

describe('Auth/Login', () => {
  let keyman: RunningKeyman;
  let database: KeymanDatabase;
  let admin: RestCaller;
  let addresses = 0;

  beforeAll(async () => {
    // The tests stand behind a proxy: each client has an address of its own.
    keyman = await RunningKeyman.start({
      KEYMAN_LOGIN_LOCK_MS: String(LOCK_MS),
      KEYMAN_TRUSTED_PROXY: '127.0.0.1',
      // Long enough to be told from no hash at all.
      KEYMAN_PASSWORD_ARGON2_MEMORY_KIB: '32768',
      KEYMAN_PASSWORD_ARGON2_PASSES: '2',
    });
    database = await KeymanDatabase.open(keyman.home);
    admin = await keyman.admin();
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await keyman.remove();
  }, 30_000);

  const newAddress = () => `203.0.113.${++addresses}`;
  const logIn = (login: string, pass: string, members: object = {}, ip = newAddress()): Promise<Answer> =>
    keyman.anyone.post(
      '/Keyman/rest/v3/Auth/Login',
      JSON.stringify({ module: 'e2e', authmethod: 'pass', login, pass, ...members }),
      { 'x-forwarded-for': ip },
    );
  const failuresOf = async (subject: string): Promise<number | undefined> => {
    const [row] = await database.query('SELECT failures FROM login_attempts WHERE subject = $1', [subject]);
    return row?.['failures'] as number | undefined;
  };

  describe('never tells which half was wrong', () => {
    it('in words', async () => {
      await addUser(admin, 'conocida', { ident: 'DOC-1' });
      await addUser(admin, 'apagada', { disabled: true });
      for (const answer of [
        await logIn('conocida', 'wrong'),
        await logIn('doc-1', 'wrong'),
        await logIn('desconocida', PASSWORD),
        await logIn('apagada', PASSWORD),
        await logIn("' OR 1=1 --", PASSWORD),
        await logIn('conocid*', PASSWORD),
        await logIn('conocida', PASSWORD, { orgaid: 'Otra' }),
      ])
        expect([answer.status, answer.body]).toEqual([200, WRONG]);
    });

    it('in time', async () => {
      const known = Array.from({ length: 8 }, (_, index) => `tiempo${index}`);
      for (const userid of known) await addUser(admin, userid);
      const timed = async (login: string): Promise<number> => {
        const startedAt = performance.now();
        await logIn(login, 'wrong');
        return performance.now() - startedAt;
      };
      let [knownMs, unknownMs] = [Infinity, Infinity];
      // In turn, so that what else the machine does falls on both; the shortest of each had the least of it.
      for (const [index, login] of known.entries()) {
        knownMs = Math.min(knownMs, await timed(login));
        unknownMs = Math.min(unknownMs, await timed(`nadie${index}`));
      }
      // Without the hash an answer takes a tenth of this.
      expect(unknownMs).toBeGreaterThan(knownMs * 0.5);
      expect(unknownMs).toBeLessThan(knownMs * 2);
    });
  });

  it.each(['userid', 'USERID', 'ident'])('opens with userid or ident, in any case: %s', async (login) => {
    if (login === 'userid') await addUser(admin, 'userid', { ident: 'Ident' });
    expect((await logIn(login, PASSWORD, { orgaid: 'MAIN' })).body['user']).toMatchObject({ userid: 'userid' });
  });

  it('answers later and later from the third failure on, until a right password gives the tries back', async () => {
    await addUser(admin, 'lenta', { ident: 'L-1' });
    const timed = async (pass: string): Promise<number> => {
      const startedAt = performance.now();
      await logIn('lenta', pass);
      return performance.now() - startedAt;
    };
    await timed('wrong');
    await timed('wrong');
    expect(await failuresOf('user:lenta')).toBe(2);
    expect(await timed('wrong')).toBeGreaterThan(500);
    expect(await timed('wrong')).toBeGreaterThan(1000);
    expect((await logIn('lenta', PASSWORD)).code).toBe('K0000');
    expect(await failuresOf('user:lenta')).toBeUndefined();
  }, 60_000);

  it('counts a right password with the wrong organisation as a failure', async () => {
    await addUser(admin, 'mudada');
    await logIn('mudada', PASSWORD, { orgaid: 'Otra' });
    expect(await failuresOf('user:mudada')).toBe(1);
  });

  it('counts one person under userid and ident together', async () => {
    await addUser(admin, 'doble', { ident: 'D-2' });
    await logIn('doble', 'wrong');
    await logIn('d-2', 'wrong');
    expect(await failuresOf('user:doble')).toBe(2);
  });

  it('locks a user at ten failures, however many come at once, the right password among them, for as long as the setting says', async () => {
    await addUser(admin, 'atacada');
    await logIn('atacada', 'wrong');
    await database.query("UPDATE login_attempts SET failures = 9 WHERE subject = 'user:atacada'");
    const wrong = Array.from({ length: 19 }, () => logIn('atacada', 'wrong'));
    // Only then: a right one that overtakes the tenth failure would forgive the others.
    while ((await failuresOf('user:atacada')) !== 10) await sleep(5);
    const answers = await Promise.all([...wrong, logIn('atacada', PASSWORD)]);
    const locked = answers.filter(({ status, code }) => status === 429 && code === 'K0019');
    expect(locked).toHaveLength(19);
    expect(answers.filter(({ code }) => code === 'K0002')).toHaveLength(1);
    expect(answers.at(-1)?.code).toBe('K0019');
    expect((await logIn('ATACADA', PASSWORD)).body).toEqual({
      error: { code: 'K0019', message: 'Too many failed log-ins; try again later' },
    });
    const lastFailureWas = (ago: number) =>
      database.query(
        "UPDATE login_attempts SET last_failure_at = now() - $1 * interval '1 millisecond' WHERE subject = 'user:atacada'",
        [ago],
      );
    await lastFailureWas(LOCK_MS / 2);
    expect((await logIn('atacada', PASSWORD)).code).toBe('K0019');
    await lastFailureWas(LOCK_MS + 1_000);
    expect((await logIn('atacada', PASSWORD)).code).toBe('K0000');
  }, 30_000);

  it('locks an unknown user just so', async () => {
    await logIn('fantasma', 'wrong');
    await database.query("UPDATE login_attempts SET failures = 10 WHERE subject = 'user:fantasma'");
    expect((await logIn('fantasma', 'wrong')).code).toBe('K0019');
  });

  it('locks an address at ten failures, whoever they name, and no other address', async () => {
    const ip = newAddress();
    await addUser(admin, 'vecina');
    await Promise.all(Array.from({ length: 10 }, (_, each) => logIn(`adivinada${each}`, 'wrong', {}, ip)));
    expect((await logIn('vecina', PASSWORD, {}, ip)).code).toBe('K0019');
    expect((await logIn('vecina', PASSWORD)).code).toBe('K0000');
    await database.query(
      "UPDATE login_attempts SET last_failure_at = last_failure_at - interval '1 hour' WHERE subject = $1",
      [`address:${ip}`],
    );
    expect((await logIn('vecina', PASSWORD, {}, ip)).code).toBe('K0000');
  }, 60_000);

  it('opens twenty sessions at once for a user with the right password', async () => {
    await addUser(admin, 'veinte');
    const ip = newAddress();
    const answers = await Promise.all(Array.from({ length: 20 }, () => logIn('veinte', PASSWORD, {}, ip)));
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['K0000']));
    expect(new Set(answers.map(({ body }) => body['token'])).size).toBe(20);
  }, 30_000);

  it.each(['win', 'federated', 'Win'])(
    'tells the unconfigured method %s as K0017, whatever else is sent',
    async (authmethod) => {
      expect((await logIn('admin', 'wrong', { authmethod })).code).toBe('K0017');
      expect((await logIn('admin', '', { authmethod })).code).toBe('K0017');
    },
  );

  describe('a new user’s letter', () => {
    const lettersTo = (address: string) =>
      lettersOf(keyman.home).filter(({ headers }) => headers.get('to')?.includes(address));

    it('tells the password that the server made, once, in a file for the server alone', async () => {
      const { user } = await admin.ok('User/Add', { user: { userid: 'nueva', email: 'nueva@example.test' } });
      expect(user).toMatchObject({ pass: null });
      const [letter, ...others] = lettersTo('nueva@example.test');
      expect(others).toEqual([]);
      expect([letter?.mode, modeOf(join(keyman.home, 'mail'))]).toEqual(['600', '700']);
      for (const name of ['from', 'date', 'subject', 'message-id']) expect(letter?.headers.get(name)).toHaveLength(1);
      const password = /^First password: (\S{12,})$/m.exec(letter?.text ?? '')?.[1] ?? '';
      expect((await logIn('nueva', password)).code).toBe('K0000');
      expect(keyman.output).not.toContain(password);
    });

    it('is in his language', async () => {
      const user = { userid: 'hablante', email: 'hablante@example.test', lang: 'es-ES' };
      await admin.ok('User/Add', { user });
      const [letter] = lettersTo('hablante@example.test');
      expect(letter?.headers.get('subject')).toEqual(['Su cuenta de firma']);
      expect(letter?.text).toContain('en la organización “Main”');
      const password = /^Primera contraseña: (\S{12,})$/m.exec(letter?.text ?? '')?.[1] ?? '';
      expect((await logIn('hablante', password)).code).toBe('K0000');
    });

    it('tells no password that the admin chose, and is not written where that is turned off', async () => {
      const pass = 'escogida-77';
      const user = { userid: 'escogida', email: 'escogida@example.test', pass };
      await admin.ok('User/Add', { user });
      const [letter] = lettersTo('escogida@example.test');
      expect(letter?.text).toContain('escogida');
      expect(letter?.text).not.toContain(pass);
      await admin.ok('User/Add', {
        user: { ...user, userid: 'callada', email: 'c@example.test' },
        disablenotify: true,
      });
      expect(lettersTo('c@example.test')).toEqual([]);
    });

    it('is not written for a user who was refused', async () => {
      const user = { userid: 'ADMIN', email: 'refused@example.test' };
      expect(await admin.refusal('User/Add', { user })).toMatch(/^K0007 /);
      expect(lettersTo('refused@example.test')).toEqual([]);
    });

    it.each([
      'a@example.test\r\nBcc: b@example.test',
      'a@example.test\nBcc:b@example.test',
      'a@example.test,b@example.test',
      'a@example.test;b@example.test',
      '"a b"@example.test',
      'x<a@example.test>',
      'a@example.test\u0000',
    ])('goes to one address alone: %j is refused', async (email) => {
      expect(await admin.refusal('User/Add', { user: { userid: 'inyector', email } })).toMatch(
        /^K0005 Invalid parameter \(user\.email\)/,
      );
    });

    it('has no header that a name brought', async () => {
      const injected = 'Ana\r\nBcc: b@example.test\r\n\r\nText';
      const email = 'inyectada@example.test';
      await admin.call('User/Add', {
        user: { userid: 'inyectada', email, name: injected, lastname: injected, phone: injected, lang: 'es\r\nX: 1' },
      });
      const [letter] = lettersTo(email);
      expect(letter?.headers.get('to')).toEqual([email]);
      for (const name of ['bcc', 'cc', 'x']) expect(letter?.headers.has(name)).toBe(false);
      expect(letter?.text).not.toContain('b@example.test');
    });
  });
});
