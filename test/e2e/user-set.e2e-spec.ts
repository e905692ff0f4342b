import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { codeFor, lettersTo } from './code-letters.ts';
import { KeymanDatabase } from './keyman-database.ts';
import { addUser, importFor, PASSWORD, PIN } from './people.ts';
import type { RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';
import { digestOf } from './slot-maker.ts';

const NEW_PASSWORD = 'Otra-clave-de-prueba';
const SUSPENDED =
  'K0008 The owner’s data was changed: he confirms his address by Otp/Request with cert.pin, until then there are no codes';

describe('User/Set', () => {
  let keyman: RunningKeyman;
  let database: KeymanDatabase;
  let admin: RestCaller;
  let boss: RestCaller;
  let users = 0;

  beforeAll(async () => {
    keyman = await RunningKeyman.start({ ...CHEAP_HASHING, KEYMAN_LOG_LEVEL: 'trace' });
    database = await KeymanDatabase.open(keyman.home);
    admin = await keyman.admin();
    await database.addOrganisation('Filial', 'Main');
    await database.addOrganisation('Ajena', null);
    await addUser(admin, 'boss', { orgaid: 'Filial', admin: true });
    boss = await keyman.logIn('boss', PASSWORD);
  }, 120_000);
  afterAll(async () => {
    await database.close();
    await keyman.remove();
  }, 60_000);

  interface Person {
    readonly userid: string;
    readonly address: string;
    readonly client: RestCaller;
  }

  async function person(members: object = {}): Promise<Person> {
    const userid = `person-${++users}`;
    await addUser(admin, userid, { orgaid: 'Filial', phone: '600', ident: `DOC-${users}`, ...members });
    return { userid, address: `${userid}@example.test`, client: await keyman.logIn(userid, PASSWORD) };
  }
  const set = (by: RestCaller, userid: string, members: object) =>
    by.refusal('User/Set', { user: { userid, ...members } });
  const DONE = 'K0000 ';

  describe('data', () => {
    it('sets what is sent, leaves what is not, clears by an empty text, and answers the user without his password', async () => {
      const { userid, client } = await person({ name: 'Before', lang: 'en' });
      const user = { userid, lang: 'es', email: 'new@example.test', name: 'Nombre', lastname: 'Apellidos' };
      expect(await client.ok('User/Set', { user: { ...user, ident: `N-${users}`, phone: null } })).toMatchObject({
        error: null,
        user: { ...user, ident: `N-${users}`, phone: '600', orgaid: 'Filial', disabled: false, pass: null },
      });
      await client.ok('User/Set', {
        user: { userid, phone: '', lang: '', name: '', email: '', pass: '', disabled: '' },
      });
      expect(await client.ok('User/Get')).toMatchObject({
        user: { phone: null, lang: null, name: null, email: null, lastname: 'Apellidos', disabled: false },
      });
      expect((await keyman.anyone.call('Auth/Login', loggingIn(userid, PASSWORD))).code).toBe('K0000');
    });

    it.each([
      [{}, 'K0004 Insufficient parameters (user.userid)'],
      [{ user: { userid: '' } }, 'K0004 Insufficient parameters (user.userid)'],
      [
        { user: { userid: 'admin', email: 'nobody' } },
        'K0005 Invalid parameter (user.email): is not an e-mail address',
      ],
      [
        { user: { userid: 'admin', pass: 'short' } },
        'K0005 Invalid parameter (user.pass): is shorter than 6 characters',
      ],
      [
        { user: { userid: 'admin', disabled: 'perhaps' } },
        'K0005 Invalid parameter (user.disabled): is neither true nor false',
      ],
    ])('%j: %s', async (request, refusal) => {
      expect(await admin.refusal('User/Set', request)).toBe(refusal);
    });

    it('refuses an identifier that somebody has, in any case and any organisation, and changes nothing then', async () => {
      const first = await person();
      const { userid } = await person();
      expect(await set(admin, userid, { ident: `doc-${users - 1}`, name: 'Changed' })).toMatch(/^K0007 /);
      const { user } = await admin.ok('User/Get', { user: { userid } });
      expect(user).toMatchObject({ name: null, ident: `DOC-${users}` });
      expect(await set(first.client, first.userid, { ident: `doc-${users - 1}` })).toBe(DONE);
    });

    it('that is sent back as it was changes nothing and writes no letter', async () => {
      const { client, address } = await person();
      const { user } = await client.ok('User/Get');
      await client.ok('User/Set', { user });
      expect(lettersTo(keyman.home, address)).toEqual([]);
    });
  });

  describe('who may', () => {
    it('everybody himself; others only an admin of theirs; what one may not see does not exist', async () => {
      const { userid, client } = await person();
      const other = await person();
      await addUser(admin, 'outsider', { admin: true });
      await database.query("UPDATE keyman_user SET orgaid = 'Ajena' WHERE userid = 'outsider'");
      const outsider = await keyman.logIn('outsider', PASSWORD);
      for (const by of [other.client, outsider]) expect(await set(by, userid, { name: 'X' })).toMatch(/^K0006 /);
      for (const by of [client, boss, admin])
        expect(await set(by, userid.toUpperCase(), { name: `by ${users}` })).toBe(DONE);
      expect(await set(keyman.anyone, userid, { name: 'X' })).toMatch(/^K0002 /);
    });

    it('nobody makes or unmakes himself an admin, and nobody disables himself', async () => {
      const { userid, client } = await person();
      for (const flag of ['admin', 'superadmin', 'disabled'])
        expect(await set(client, userid, { [flag]: true })).toBe(
          `K0003 User.${flag} is set by somebody else, never by oneself`,
        );
      for (const members of [{ admin: false }, { superadmin: true }, { disabled: true }])
        expect(await set(boss, 'boss', members)).toMatch(/^K0003 /);
      expect(await set(boss, 'boss', { admin: true, disabled: false, name: 'The boss' })).toBe(DONE);
    });

    it('an admin is made and changed by a superadmin alone: his password would give an equal his rights', async () => {
      const { userid } = await person();
      expect(await set(boss, userid, { admin: true })).toMatch(/^K0003 /);
      expect(await set(admin, userid, { admin: true })).toBe(DONE);
      for (const members of [{ pass: NEW_PASSWORD }, { email: 'x@example.test' }, { disabled: true }, { admin: false }])
        expect(await set(boss, userid, members)).toMatch(/^K0003 /);
      expect(await set(admin, userid, { pass: NEW_PASSWORD, admin: false })).toBe(DONE);
      expect(await set(boss, userid, { name: 'Again nobody special' })).toBe(DONE);
    });

    it('a superadmin is made and changed by one above alone', async () => {
      const { userid } = await person();
      expect(await set(boss, userid, { superadmin: true })).toMatch(/^K0003 /);
      expect(await set(admin, userid, { superadmin: true, admin: true })).toBe(DONE);
      const peer = await person();
      await set(admin, peer.userid, { superadmin: true, admin: true });
      expect(await set(peer.client, userid, { pass: NEW_PASSWORD })).toMatch(/^K0003 /);
      await addUser(admin, `main-${users}`, {});
      expect(await set(admin, `main-${users}`, { superadmin: true })).toMatch(/^K0003 /);
      expect(await set(peer.client, 'admin', { pass: NEW_PASSWORD })).toMatch(/^K0006 /);
    });
  });

  describe('sessions', () => {
    it('a new password of one’s own ends all but the session that set it; the old password opens nothing', async () => {
      const { userid, client, address } = await person();
      const other = await keyman.logIn(userid, PASSWORD);
      expect(await set(client, userid, { pass: NEW_PASSWORD })).toBe(DONE);
      expect((await client.call('User/Get')).code).toBe('K0000');
      expect((await other.call('User/Get')).code).toBe('K0002');
      expect((await keyman.anyone.call('Auth/Login', loggingIn(userid, PASSWORD))).code).toBe('K0002');
      await keyman.logIn(userid, NEW_PASSWORD);
      expect(lettersTo(keyman.home, address).at(-1)?.text).toContain('Changed: password');
    });

    it('one that an admin sets ends all of the user’s, and none of the admin’s', async () => {
      const { userid, client } = await person();
      expect(await set(boss, userid, { pass: NEW_PASSWORD })).toBe(DONE);
      expect((await client.call('User/Get')).code).toBe('K0002');
      expect((await boss.call('User/Get')).code).toBe('K0000');
    });

    it('disabling ends all, and enabling brings none back', async () => {
      const { userid, client } = await person();
      expect(await set(boss, userid, { disabled: true })).toBe(DONE);
      expect((await client.call('User/Get')).code).toBe('K0002');
      expect((await keyman.anyone.call('Auth/Login', loggingIn(userid, PASSWORD))).code).toBe('K0002');
      expect(await set(boss, userid, { disabled: 'false' })).toBe(DONE);
      expect((await client.call('User/Get')).code).toBe('K0002');
      await keyman.logIn(userid, PASSWORD);
    });
  });

  describe('codes', () => {
    interface Owner extends Person {
      readonly certid: string;
    }

    async function owner(): Promise<Owner> {
      const someone = await person();
      const certid = await importFor(someone.client, 'clara');
      await someone.client.ok('Otp/Request', { cert: { certid, pin: PIN } });
      return { ...someone, certid };
    }
    const ask = (by: RestCaller, { certid }: Owner, pin?: string) =>
      by.refusal('Otp/Request', { cert: { certid, pin } });
    const sign = (by: RestCaller, { certid }: Owner, otp: string) =>
      by.refusal('Sign/Hash', { cert: { certid, otp }, hash: { algorithm: 'SHA256', digest: digestOf('theft') } });

    it('an admin who takes an owner’s address and password gets none, and the old address is told', async () => {
      const ana = await owner();
      const stolen = 'mallory@example.test';
      expect(await set(boss, ana.userid, { email: stolen, pass: NEW_PASSWORD })).toBe(DONE);
      const mallory = await keyman.logIn(ana.userid, NEW_PASSWORD);
      expect(await ask(mallory, ana)).toBe(SUSPENDED);
      expect(await mallory.refusal('Otp/Request', { user: { email: stolen } })).toBe(SUSPENDED);
      expect(await ask(mallory, ana, 'Wrong-guess-1')).toBe('K0009 Wrong PIN, 4 tries left');
      expect(lettersTo(keyman.home, stolen)).toEqual([]);
      const { text } = lettersTo(keyman.home, ana.address).at(-1) ?? { text: '' };
      expect(text).toContain('Your signing account was changed by “boss”');
      expect(text).toContain('Changed: e-mail address, password');
      expect(text).toContain('no signing codes');
      expect(text).not.toContain(stolen);
      // Putting the address back hides nothing and confirms nothing.
      expect(await set(boss, ana.userid, { email: ana.address })).toBe(DONE);
      expect(await ask(mallory, ana)).toBe(SUSPENDED);
      expect(lettersTo(keyman.home, stolen)).toHaveLength(1);
    });

    it('come again, to the new address, when the owner confirms with the PIN', async () => {
      const ana = await owner();
      const address = `moved-${ana.userid}@example.test`;
      expect(await set(ana.client, ana.userid, { email: address })).toBe(DONE);
      expect(await ask(ana.client, ana)).toBe(SUSPENDED);
      expect(await ask(ana.client, ana, PIN)).toBe(DONE);
      expect(await sign(ana.client, ana, codeFor(keyman.home, address))).toBe(DONE);
      expect(await ask(ana.client, ana)).toBe(DONE);
    });

    it.each([
      ['email', 'another@example.test'],
      ['email', ''],
      ['phone', '601'],
      ['phone', ''],
      ['ident', 'another-ident'],
    ])('are suspended by another %s (%j), one that was mailed already too', async (member, value) => {
      const ana = await owner();
      const code = codeFor(keyman.home, ana.address);
      const before = lettersTo(keyman.home, ana.address).length;
      expect(await set(boss, ana.userid, { [member]: value })).toBe(DONE);
      expect(await sign(ana.client, ana, code)).toBe(SUSPENDED);
      expect(lettersTo(keyman.home, ana.address)).toHaveLength(before + 1);
      const left = await database.query('SELECT FROM one_time_code WHERE certid = $1', [ana.certid]);
      expect(left).toEqual([]);
    });

    it('are not suspended by another name, language or password', async () => {
      const ana = await owner();
      const code = codeFor(keyman.home, ana.address);
      expect(await set(ana.client, ana.userid, { name: 'Ana', lang: 'es', pass: NEW_PASSWORD })).toBe(DONE);
      expect(await sign(ana.client, ana, code)).toBe(DONE);
    });

    it('go to no address that came in past the server, by the database', async () => {
      const ana = await owner();
      await database.query("UPDATE keyman_user SET email = 'mallory@example.test' WHERE userid = $1", [ana.userid]);
      expect(await ask(ana.client, ana)).toBe('K0008 The address for codes has not been confirmed with the PIN');
    });

    it('sign nothing that is sent after the answer to the change, under load, and nothing is recorded after it', async () => {
      const ana = await owner();
      await ana.client.ok('Otp/Request', { cert: { certid: ana.certid }, count: 1_000 });
      const code = codeFor(keyman.home, ana.address);
      let stopping = false;
      let signatures = 0;
      let changedAtMs = Number.POSITIVE_INFINITY;
      const later: string[] = [];
      const load = Array.from({ length: 4 }, async () => {
        while (!stopping) {
          const sentAtMs = performance.now();
          const answer = await sign(ana.client, ana, code);
          if (answer === DONE) signatures += 1;
          if (sentAtMs > changedAtMs) later.push(answer);
          if (later.length > 8) stopping = true;
        }
      });
      while (signatures < 20) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await set(boss, ana.userid, { phone: '999' })).toBe(DONE);
      changedAtMs = performance.now();
      await Promise.all(load);
      expect([...new Set(later)]).toEqual([SUSPENDED]);
      const released = await database.query(
        `SELECT record.auditid FROM audit_record record JOIN audit_chain link USING (auditid)
          WHERE record.certid = $1 AND record.action = 'Hash' AND record.success
            AND link.seq > (SELECT max(seq) FROM audit_chain JOIN audit_record USING (auditid) WHERE userid = $2 AND action = 'Set' AND success)`,
        [ana.certid, ana.userid],
      );
      expect(released).toEqual([]);
    });
  });

  it('is in the audit by what was changed, on whom and by whom, and without any value', async () => {
    const { userid } = await person();
    await set(boss, userid, { email: 'value@example.test', pass: NEW_PASSWORD, phone: '555-value' });
    await set(boss, userid, { superadmin: true });
    const records = await database.query(
      "SELECT oper, userid, orgaid, actiondata, success, error_code, info, data FROM audit_record WHERE category = 'User' AND action = 'Set' AND userid = $1 ORDER BY auditid",
      [userid],
    );
    expect(records).toMatchObject([
      { oper: 'boss', userid, orgaid: 'Filial', actiondata: 'email, phone, pass', success: true },
      { oper: 'boss', userid, actiondata: 'superadmin', success: false, error_code: 'K0003' },
    ]);
    expect(JSON.stringify(records)).not.toMatch(/value|Otra-clave/);
    expect(keyman.output).not.toContain(NEW_PASSWORD);
  });
});

function loggingIn(login: string, pass: string) {
  return { module: 'e2e', authmethod: 'pass', login, pass };
}
