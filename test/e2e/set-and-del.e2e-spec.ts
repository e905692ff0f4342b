import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { KeymanDatabase } from './keyman-database.ts';
import { addUser, importFor, PASSWORD, PIN } from './people.ts';
import type { RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';

const EVER = { startdate: '2000-01-01', enddate: '2999-12-31' };
const ONLY_AN_ADMIN = 'K0003 Somebody else disabled this certificate; only an admin enables it again';

/** Whom the certificate is not: the owner, ada, belongs to Filial, below Main. */
const OTHERS = {
  neighbour: ['K0006', { orgaid: 'Filial' }],
  'auditor of the organisation': ['K0006', { orgaid: 'Filial' }],
  'admin of the organisation': ['K0000', { orgaid: 'Filial', admin: true }],
  'admin of the organisation above': ['K0006', { orgaid: 'Main', admin: true }],
  'superadmin of the organisation above': ['K0000', { orgaid: 'Main', admin: true, superadmin: true }],
  'superadmin elsewhere': ['K0006', { orgaid: 'Ajena', admin: true, superadmin: true }],
} as const;
type Other = keyof typeof OTHERS;

describe('Cert/Set and Cert/Del', () => {
  let keyman: RunningKeyman;
  let database: KeymanDatabase;
  let admin: RestCaller;
  let jefa: RestCaller;
  const others = new Map<Other, RestCaller>();
  let users = 0;

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    database = await KeymanDatabase.open(keyman.home);
    admin = await keyman.admin();
    await database.addOrganisation('Filial', 'Main');
    await database.addOrganisation('Ajena', null);
    for (const [index, [name, [, rights]]] of Object.entries(OTHERS).entries()) {
      const userid = `other-${index}`;
      await addUser(admin, userid, { orgaid: 'Filial' });
      const { orgaid } = rights;
      const isAdmin = 'admin' in rights;
      const isSuperadmin = 'superadmin' in rights;
      await database.query(
        'UPDATE keyman_user SET orgaid = $2, admin = $3, superadmin = $4, auditor = $5 WHERE userid = $1',
        [userid, orgaid, isAdmin, isSuperadmin, name.startsWith('auditor')],
      );
      others.set(name as Other, await keyman.logIn(userid, PASSWORD));
    }
    jefa = as('admin of the organisation');
  }, 90_000);
  afterAll(async () => {
    await database.close();
    await keyman.remove();
  }, 30_000);

  const as = (name: Other): RestCaller => {
    const caller = others.get(name);
    if (caller === undefined) throw new Error(`${name} has not logged in`);
    return caller;
  };
  interface Owner {
    readonly client: RestCaller;
    readonly userid: string;
    readonly certid: string;
  }
  async function owner(members: object = {}): Promise<Owner> {
    const userid = `ada-${++users}`;
    await addUser(admin, userid, { orgaid: 'Filial' });
    const client = await keyman.logIn(userid, PASSWORD);
    return { client, userid, certid: await importFor(client, 'clara', { ...members }) };
  }
  const set = async (caller: RestCaller, certid: string, members: object) => {
    const { code, message, body } = await caller.call('Cert/Set', { cert: { certid, ...members } });
    return { outcome: `${code} ${message}`.trim(), cert: body['cert'] };
  };
  const sign = async ({ client, certid }: Owner): Promise<string> => {
    const hash = { algorithm: 'SHA256', digest: randomBytes(32).toString('base64') };
    const { code, message } = await client.call('Sign/Hash', { cert: { certid, pin: PIN }, hash });
    return `${code} ${message}`.trim();
  };
  const versionOf = async (certid: string): Promise<unknown> =>
    (await database.query('SELECT version FROM certificate WHERE certid = $1', [certid]))[0]?.['version'];

  describe('Cert/Set', () => {
    it('sets what is sent, clears what is empty, leaves what is absent or null, and answers the certificate', async () => {
      const { client, certid } = await owner({ descr: 'old', custom1: 'one', custom2: 'two', custom3: 'three' });
      const members = { name: 'new', descr: '', custom1: 'eins', custom2: null };
      const { cert } = await set(client, certid, members);
      const expected = { name: 'new', descr: null, custom1: 'eins', custom2: 'two', custom3: 'three', disabled: false };
      expect(cert).toMatchObject({ certid, ...expected });
      expect(await client.ok('Cert/Get', { certid })).toMatchObject({ cert: expected });
      expect(await client.ok('Cert/Set', { certid, custom3: '' })).toMatchObject({ cert: { custom3: null } });
    });

    it.each([
      [{}, 'K0004 Insufficient parameters (cert.certid)'],
      [{ certid: '' }, 'K0004 Insufficient parameters (cert.certid)'],
      [{ certid: 'FFFFFFFFFFFF', name: 'x' }, 'K0006 There is no such certificate'],
    ])('refuses %j', async (cert, refusal) => {
      expect(await admin.refusal('Cert/Set', { cert })).toBe(refusal);
    });

    it('refuses an empty name and a word that is neither true nor false, and changes nothing then', async () => {
      const { client, certid } = await owner();
      expect((await set(client, certid, { name: '', descr: 'x' })).outcome).toBe(
        'K0005 Invalid parameter (cert.name): is empty',
      );
      for (const disabled of ['', 'perhaps', 3])
        expect((await set(client, certid, { disabled, descr: 'x' })).outcome).toMatch(
          /^K0005 Invalid parameter \(cert\.disabled\)/,
        );
      expect(await client.ok('Cert/Get', { certid })).toMatchObject({ cert: { descr: null, disabled: false } });
    });

    it('disables and enables, also by words, and the version grows with each; a description leaves it', async () => {
      const ada = await owner();
      expect((await set(ada.client, ada.certid, { descr: 'x' })).outcome).toBe('K0000');
      expect(await versionOf(ada.certid)).toBe(1);
      expect((await set(ada.client, ada.certid, { disabled: 'TRUE' })).cert).toMatchObject({ disabled: true });
      expect(await versionOf(ada.certid)).toBe(2);
      expect(await sign(ada)).toBe('K0011 The certificate is disabled');
      expect(await ada.client.ok('Cert/ListAvailable')).toMatchObject({ certlist: [] });
      // Said twice it is the same.
      expect((await set(ada.client, ada.certid, { disabled: true })).outcome).toBe('K0000');
      expect(await versionOf(ada.certid)).toBe(2);
      expect((await set(ada.client, ada.certid, { disabled: false })).cert).toMatchObject({ disabled: false });
      expect(await versionOf(ada.certid)).toBe(3);
      expect(await sign(ada)).toBe('K0000');
    });

    it('an owner does not undo what an admin did, nor what nobody is known to have done; an admin does', async () => {
      const ada = await owner();
      const enable = (caller: RestCaller) => set(caller, ada.certid, { disabled: false });
      await set(jefa, ada.certid, { disabled: true });
      expect((await enable(ada.client)).outcome).toBe(ONLY_AN_ADMIN);
      expect(await sign(ada)).toBe('K0011 The certificate is disabled');
      // Nor in two steps: disabling what is disabled does not make it his.
      expect((await set(ada.client, ada.certid, { disabled: true })).outcome).toBe('K0000');
      expect((await enable(ada.client)).outcome).toBe(ONLY_AN_ADMIN);
      expect((await enable(jefa)).outcome).toBe('K0000');
      expect(await sign(ada)).toBe('K0000');
      await database.query('UPDATE certificate SET disabled = true, version = version + 1 WHERE certid = $1', [
        ada.certid,
      ]);
      expect((await enable(ada.client)).outcome).toBe(ONLY_AN_ADMIN);
    });

    it('an admin who disables what its owner has disabled takes it out of his hands', async () => {
      const ada = await owner();
      await set(ada.client, ada.certid, { disabled: true });
      await set(jefa, ada.certid, { disabled: true });
      expect((await set(ada.client, ada.certid, { disabled: false, descr: 'x' })).outcome).toBe(ONLY_AN_ADMIN);
      expect(await ada.client.ok('Cert/Get', { certid: ada.certid })).toMatchObject({ cert: { descr: null } });
    });

    it('forty at once, on and off, leave what the last one said', async () => {
      const ada = await owner();
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) => set(ada.client, ada.certid, { disabled: index % 2 === 0 })),
      );
      expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['K0000']));
      const { cert } = await ada.client.ok('Cert/Get', { certid: ada.certid });
      expect(await sign(ada)).toBe(
        (cert as { disabled: boolean }).disabled ? 'K0011 The certificate is disabled' : 'K0000',
      );
    });
  });

  describe('Cert/Del', () => {
    it('deletes the certificate, its sealed key and its slots; the audit keeps what it was', async () => {
      const ada = await owner();
      const { cert } = await ada.client.ok('Cert/Get', { certid: ada.certid });
      const { serial, sha1sum } = cert as { serial: string; sha1sum: string };
      expect(await sign(ada)).toBe('K0000');
      expect(await ada.client.ok('Cert/Del', { cert: { certid: ada.certid } })).toEqual({ error: null, result: true });
      for (const table of ['certificate', 'key_slot'])
        expect(await database.query(`SELECT certid FROM ${table} WHERE certid = $1`, [ada.certid])).toEqual([]);
      expect(await sign(ada)).toBe('K0006 There is no such certificate');
      expect(await ada.client.refusal('Cert/Del', { certid: ada.certid })).toBe('K0006 There is no such certificate');
      const { auditlist } = await ada.client.ok('Audit/List', {
        ...EVER,
        audit: { certid: ada.certid, action: 'Del', success: true },
      });
      expect(auditlist).toMatchObject([
        { certid: ada.certid, serial, certsha1sum: sha1sum, oper: ada.userid, userid: ada.userid },
      ]);
      // The same file may come again.
      expect(await importFor(ada.client, 'clara')).not.toBe(ada.certid);
    });

    it('takes no PIN, deletes a disabled or locked one too, and of many at once one', async () => {
      const ada = await owner();
      await set(jefa, ada.certid, { disabled: true });
      const answers = await Promise.all(
        Array.from({ length: 6 }, () => ada.client.call('Cert/Del', { certid: ada.certid })),
      );
      expect(answers.map(({ code }) => code).sort()).toEqual(['K0000', ...Array.from({ length: 5 }, () => 'K0006')]);
    });
  });

  describe('of another’s certificate', () => {
    const OPERATIONS = {
      'Cert/Set': (certid: string) => ({ cert: { certid, descr: 'by another' } }),
      'Cert/Del': (certid: string) => ({ cert: { certid } }),
    } as const;
    const cases = Object.entries(OTHERS).flatMap(([name, [code]]) =>
      Object.keys(OPERATIONS).map((operation) => [name as Other, operation as keyof typeof OPERATIONS, code] as const),
    );

    it.each(cases)('%s: %s answers %s', async (name, operation, code) => {
      const { client, certid } = await owner();
      expect((await as(name).call(operation, OPERATIONS[operation](certid))).code).toBe(code);
      const { code: afterwards, body } = await client.call('Cert/Get', { certid });
      const changed = afterwards !== 'K0000' || (body['cert'] as { descr: string | null }).descr !== null;
      expect(changed).toBe(code === 'K0000');
    });

    it.each(Object.entries(OTHERS))(
      '%s: makes keys for the owner, and installs certificates for him, exactly where he administers him',
      async (name, [code]) => {
        const { userid, certid } = await owner();
        const caller = as(name as Other);
        const making = { cert: { userid, name: 'x', newpin: PIN, keysize: 'P-256' } };
        expect((await caller.call('Cert/RSAGen', making)).code).toBe(code);
        const cer = Buffer.from('no certificate').toString('base64');
        // Who may is told apart from who may not by what is looked at next.
        expect((await caller.call('Cert/InstallCER', { certid, cer })).code).toBe(code === 'K0000' ? 'K0005' : code);
        const request = { cert: { certid, pin: PIN }, subject: 'CN=x' };
        expect((await caller.call('Cert/GenCSR', request)).code).toBe(code === 'K0000' ? 'K0003' : code);
      },
    );

    it('nobody does it without a session', async () => {
      const { certid } = await owner();
      const whole = { cert: { certid, name: 'x', pin: PIN, newpin: PIN }, subject: 'CN=x', cer: 'AAAA' };
      for (const operation of ['Cert/Set', 'Cert/Del', 'Cert/RSAGen', 'Cert/GenCSR', 'Cert/InstallCER'])
        expect((await keyman.anyone.call(operation, whole)).code).toBe('K0002');
    });
  });
});
