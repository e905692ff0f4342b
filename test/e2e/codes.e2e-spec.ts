import { createHash, verify, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { samplePdf } from '../../apps/keyman/src/tools/demo/sample-pdf.ts';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { codeFor, lettersTo } from './code-letters.ts';
import { KeymanDatabase } from './keyman-database.ts';
import { addUser, importFor, PASSWORD, PIN, pki } from './people.ts';
import type { Answer, RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';
import { digestOf, SlotMaker } from './slot-maker.ts';

const PER_HOUR = 8;
const TRIES = 5;
const WHAT = 'the contract';
const NO_CODE = 'K0008 No one-time code is waiting; ask for a new one';

describe('one-time codes', () => {
  let keyman: RunningKeyman;
  let database: KeymanDatabase;
  let admin: RestCaller;
  let portal: RestCaller;
  let users = 0;

  beforeAll(async () => {
    keyman = await RunningKeyman.start({
      ...CHEAP_HASHING,
      KEYMAN_LOG_LEVEL: 'trace',
      KEYMAN_CODES_PER_HOUR: String(PER_HOUR),
    });
    database = await KeymanDatabase.open(keyman.home);
    admin = await keyman.admin();
    await database.addOrganisation('Oficina', 'Main');
    await database.query('UPDATE organisation SET policy = $1 WHERE orgaid = $2', [
      { otp: { callers: ['portal', 'KIOSK'] } },
      'Oficina',
    ]);
    await addUser(admin, 'portal');
    await addUser(admin, 'neighbour');
    portal = await keyman.logIn('portal', PASSWORD, 'Portal del cliente');
  }, 120_000);
  afterAll(async () => {
    await database.close();
    await keyman.remove();
  }, 60_000);

  interface Owner {
    readonly client: RestCaller;
    readonly userid: string;
    readonly address: string;
    readonly certid: string;
  }

  /** An owner whose codes are not set up. */
  async function newOwner(orgaid = 'Main', members: object = {}): Promise<Owner> {
    const userid = `owner-${++users}`;
    await addUser(admin, userid, { orgaid, ident: `ID-${users}`, ...members });
    const client = await keyman.logIn(userid, PASSWORD);
    return { client, userid, address: `${userid}@example.test`, certid: await importFor(client, 'clara') };
  }

  async function owner(orgaid = 'Main', members: object = {}): Promise<Owner> {
    const made = await newOwner(orgaid, members);
    await made.client.ok('Otp/Request', { cert: { certid: made.certid, pin: PIN } });
    return made;
  }

  const ask = (by: RestCaller, { certid }: Owner, members: object = {}): Promise<Answer> =>
    by.call('Otp/Request', { cert: { certid }, ...members });
  const newCode = async (of: Owner, members: object = {}, by = of.client): Promise<string> => {
    const { code, message } = await ask(by, of, members);
    expect(`${code} ${message}`.trim()).toBe('K0000');
    return codeFor(keyman.home, of.address);
  };
  const signing = (certid: string, otp: string, what = WHAT) => ({
    cert: { certid, otp },
    hash: { algorithm: 'SHA256', digest: digestOf(what) },
  });
  const sign = (by: RestCaller, { certid }: Owner, otp: string, what = WHAT): Promise<string> =>
    by.refusal('Sign/Hash', signing(certid, otp, what));
  const SIGNED = 'K0000 ';
  const wrongOf = (code: string, index = 0): string => String((Number(code) + 1 + index) % 1e6).padStart(6, '0');

  describe('Otp/Request', () => {
    it('mails a code that signs once; the answer says where it went and not what it is', async () => {
      const ana = await newOwner();
      const answer = await ana.client.ok('Otp/Request', { cert: { certid: ana.certid, pin: PIN } });
      const code = codeFor(keyman.home, ana.address);
      expect(code).toMatch(/^\d{6}$/);
      expect(answer).toEqual({
        error: null,
        result: true,
        expires: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/),
        destination: 'o***@example.test',
      });
      const { data } = await ana.client.ok('Sign/Hash', signing(ana.certid, code));
      const { publicKey } = new X509Certificate(pki.identity('clara').certificateDer);
      expect(verify('sha256', Buffer.from(WHAT), publicKey, Buffer.from(String(data), 'base64'))).toBe(true);
      expect(await sign(ana.client, ana, code)).toBe(NO_CODE);
      expect(keyman.output).not.toContain(code);
      const records = await database.query(
        "SELECT info, data, actiondata, oper, userid FROM audit_record WHERE certid = $1 AND category IN ('Otp', 'Sign') ORDER BY auditid",
        [ana.certid],
      );
      expect(records).toMatchObject([
        {
          info: 'Otp/Request ok; address for codes confirmed with the PIN',
          data: 'any digest, to o***@example.test',
          actiondata: '1',
          oper: ana.userid,
        },
        { info: 'Sign/Hash ok' },
        { info: `Sign/Hash refused: ${NO_CODE.replace('No', 'no')}` },
      ]);
      expect(JSON.stringify(records)).not.toContain(code);
    });

    it('says what to do before the owner has set codes up, and takes a wrong PIN for a try', async () => {
      const ana = await newOwner();
      expect(await ana.client.refusal('Otp/Request', { cert: { certid: ana.certid } })).toBe(
        'K0008 The certificate is not set up for codes: its owner calls Otp/Request with cert.pin once',
      );
      expect(await ana.client.refusal('Otp/Request', { certid: ana.certid, pin: 'Wrong-guess-1' })).toBe(
        'K0009 Wrong PIN, 4 tries left',
      );
      expect(lettersTo(keyman.home, ana.address)).toEqual([]);
      expect(await ana.client.refusal('Sign/Hash', signing(ana.certid, '123456'))).toMatch(/^K0008 .*not set up/);
    });

    it('writes to the owner who wants what, in his language', async () => {
      const eva = await owner('Oficina', { lang: 'es-ES' });
      await newCode(eva, { count: 3, digests: [digestOf(WHAT), digestOf('another')] }, portal);
      const { text, headers, mode } = lettersTo(keyman.home, eva.address).at(-1) ?? {
        text: '',
        headers: new Map<string, readonly string[]>(),
      };
      expect([mode, headers.get('subject')?.[0]]).toEqual(['600', expect.stringMatching(/firma/)]);
      expect(text).toContain('3 firmas');
      expect(text).toContain('“portal” de la organización “Main”, con el programa “Portal del cliente”');
      expect(text).toContain(eva.certid);
      expect(text).toContain(createHash('sha256').update(WHAT).digest('hex').slice(0, 16));
      expect(text).toMatch(/avise enseguida al administrador de su organización, “Oficina”/);
    });

    it('lets nobody write the owner a letter of his own by the name of his program', async () => {
      const ana = await owner();
      const forged = await keyman.logIn(ana.userid, PASSWORD, 'x”\r\n\r\nYour account was hacked.\r\nCode: 999999');
      await newCode(ana, {}, forged);
      const { text } = lettersTo(keyman.home, ana.address).at(-1) ?? { text: '' };
      expect(text.match(/^Code: /gm)).toHaveLength(1);
      expect(text).not.toMatch(/^Your account/m);
    });

    it('finds the one certificate with codes that a user’s ident or address stands for', async () => {
      const ana = await owner();
      const ident = `id-${users}`;
      expect((await ana.client.call('Otp/Request', { user: { ident } })).code).toBe('K0000');
      expect((await ana.client.call('Otp/Request', { user: { email: ana.address.toUpperCase() } })).code).toBe('K0000');
      const second = await importFor(ana.client, 'ana');
      expect((await ana.client.call('Otp/Request', { user: { ident } })).code).toBe('K0000');
      await ana.client.ok('Otp/Request', { cert: { certid: second, pin: PIN } });
      expect(await ana.client.refusal('Otp/Request', { user: { ident } })).toMatch(
        /^K0005 Invalid parameter \(cert\.certid\)/,
      );
      expect((await ana.client.call('Otp/Request', { user: { ident }, cert: { certid: second } })).code).toBe('K0000');
      for (const user of [{ ident: 'ID-*' }, { ident, email: 'x@example.test' }, { email: '%' }])
        expect(await ana.client.refusal('Otp/Request', { user })).toMatch(/^K0006 /);
    });

    it('is for the owner and whom his organisation names: no admin, no neighbour', async () => {
      const ana = await owner('Oficina');
      const neighbour = await keyman.logIn('neighbour', PASSWORD);
      const before = lettersTo(keyman.home, ana.address).length;
      expect((await ask(admin, ana)).code).toBe('K0003');
      expect((await ask(neighbour, ana)).code).toBe('K0006');
      for (const by of [admin, neighbour])
        expect(await by.refusal('Otp/Request', { user: { email: ana.address } })).toMatch(/^K0006 /);
      expect((await ask(portal, await owner())).code).toBe('K0006');
      expect(lettersTo(keyman.home, ana.address)).toHaveLength(before);
      expect((await ask(portal, ana)).code).toBe('K0000');
      expect((await portal.call('Otp/Request', { user: { email: ana.address } })).code).toBe('K0000');
      // Names that are alike are not the same: the policy’s KIOSK is neither kiosk nor one with a Kelvin sign.
      for (const userid of ['kiosk', '\u212AIOS\u212A']) {
        await addUser(admin, userid).catch(() => undefined);
        const alike = await keyman.logIn(userid, PASSWORD);
        expect((await ask(alike, ana)).code).toBe('K0006');
      }
    });

    it('may be confirmed several times at once: one slot is left, and its codes sign', async () => {
      const ana = await newOwner();
      const confirming = { cert: { certid: ana.certid, pin: PIN } };
      const answers = await Promise.all(Array.from({ length: 6 }, () => ana.client.call('Otp/Request', confirming)));
      const codes = answers.map(({ code }) => code);
      expect(codes).toContain('K0000');
      expect(codes.filter((code) => code !== 'K0000' && code !== 'K0008')).toEqual([]);
      const left = await database.query("SELECT FROM key_slot WHERE certid = $1 AND kind = 'code'", [ana.certid]);
      expect(left).toHaveLength(1);
      expect(await sign(ana.client, ana, await newCode(ana))).toBe(SIGNED);
    });

    it('confirms nothing for anybody but the owner, whatever PIN he sends', async () => {
      const ana = await owner('Oficina');
      expect((await portal.call('Otp/Request', { cert: { certid: ana.certid, pin: PIN } })).code).toBe('K0003');
      expect((await admin.call('Otp/Request', { cert: { certid: ana.certid, pin: PIN } })).code).toBe('K0003');
    });

    it('is limited by the hour, also for codes that are asked for at once, and by confirming no more may be had', async () => {
      const ana = await owner();
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(ana.client, ana)));
      const codes = answers.map(({ code }) => code).sort();
      expect(codes).toEqual([
        ...Array<string>(PER_HOUR - 1).fill('K0000'),
        ...Array<string>(21 - PER_HOUR).fill('K0019'),
      ]);
      expect(lettersTo(keyman.home, ana.address)).toHaveLength(PER_HOUR);
      expect((await ask(ana.client, ana, { cert: { certid: ana.certid, pin: PIN } })).code).toBe('K0019');
      await database.query("UPDATE key_slot SET codes_since = codes_since - interval '1 hour' WHERE certid = $1", [
        ana.certid,
      ]);
      await newCode(ana);
    });
  });

  describe('a code is useless', () => {
    it('for another caller: the owner’s for the portal, and the portal’s for the owner', async () => {
      const ana = await owner('Oficina');
      const hers = await newCode(ana);
      expect(await sign(portal, ana, hers)).toBe(NO_CODE);
      const theirs = await newCode(ana, {}, portal);
      if (theirs !== hers) expect(await sign(ana.client, ana, theirs)).toBe('K0009 Wrong code, 4 tries left');
      expect((await admin.call('Sign/Hash', signing(ana.certid, theirs))).code).toBe('K0003');
      expect(await sign(portal, ana, theirs)).toBe(SIGNED);
      expect(await sign(ana.client, ana, hers)).toBe(SIGNED);
    });

    it('for the portal, once the policy names it no more', async () => {
      await database.addOrganisation('Breve', 'Main');
      const policy = (callers: string[]) =>
        database.query("UPDATE organisation SET policy = $1 WHERE orgaid = 'Breve'", [{ otp: { callers } }]);
      await policy(['portal']);
      const ana = await owner('Breve');
      const code = await newCode(ana, {}, portal);
      await policy([]);
      expect(await sign(portal, ana, code)).toMatch(/^K0006 /);
    });

    it('for another certificate', async () => {
      const ana = await owner();
      const second = await importFor(ana.client, 'ana');
      await ana.client.ok('Otp/Request', { cert: { certid: second, pin: PIN } });
      await database.query('DELETE FROM one_time_code WHERE certid = $1', [second]);
      const code = await newCode(ana);
      expect(await ana.client.refusal('Sign/Hash', signing(second, code))).toBe(NO_CODE);
      expect(await sign(ana.client, ana, code)).toBe(SIGNED);
    });

    it('for other digests, and for more signatures than were asked for', async () => {
      const ana = await owner();
      const code = await newCode(ana, { count: 2, digests: [digestOf('one'), digestOf('two')] });
      expect(await sign(ana.client, ana, code, 'three')).toBe('K0003 The one-time code is not for this digest');
      expect(await sign(ana.client, ana, code, 'one')).toBe(SIGNED);
      expect(await sign(ana.client, ana, code, 'two')).toBe(SIGNED);
      expect(await sign(ana.client, ana, code, 'one')).toBe(NO_CODE);
    });

    it('after its end', async () => {
      const ana = await owner();
      const hasty = await SlotMaker.open(keyman.home, { code: { ttlMs: 1 } });
      const code = await hasty.newCode(ana.certid, { destination: ana.address, caller: ana.userid, count: 1 });
      await hasty.close();
      expect(await sign(ana.client, ana, code)).toBe(NO_CODE);
    }, 30_000);

    it('when a newer one was asked for', async () => {
      const ana = await owner();
      const former = await newCode(ana);
      let code = await newCode(ana);
      while (code === former) code = await newCode(ana);
      expect(await sign(ana.client, ana, former)).toBe('K0009 Wrong code, 4 tries left');
      expect(await sign(ana.client, ana, code)).toBe(SIGNED);
    });

    it('after five tries, and so is every newer one, until the owner confirms with the PIN', async () => {
      const ana = await owner();
      const first = await newCode(ana);
      for (const left of [4, 3])
        expect(await sign(ana.client, ana, wrongOf(first, left))).toMatch(`${left} tries left`);
      const second = await newCode(ana);
      for (const left of ['2 tries', '1 try'])
        expect(await sign(ana.client, ana, wrongOf(second, left.length))).toBe(`K0009 Wrong code, ${left} left`);
      expect(await sign(ana.client, ana, wrongOf(second, 3))).toMatch(/^K0010 /);
      expect(await sign(ana.client, ana, second)).toMatch(/^K0010 /);
      expect((await ask(ana.client, ana)).code).toBe('K0010');
      // An admin gives back the tries at PINs, and not those at codes.
      await admin.ok('Cert/PinUnlock', { cert: { certid: ana.certid } });
      expect(await sign(ana.client, ana, second)).toMatch(/^K0010 /);
      await ana.client.ok('Otp/Request', { cert: { certid: ana.certid, pin: PIN } });
      expect(await sign(ana.client, ana, codeFor(keyman.home, ana.address))).toBe(SIGNED);
    });

    it('when forty guess at once, also the right one', async () => {
      const ana = await owner();
      const code = await newCode(ana);
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) => sign(ana.client, ana, index === 39 ? code : wrongOf(code, index))),
      );
      expect(answers.filter((answer) => answer.startsWith('K0009'))).toHaveLength(TRIES - 1);
      expect(answers.filter((answer) => answer.startsWith('K0010'))).toHaveLength(41 - TRIES);
    });

    it('beyond its signatures when forty use it at once', async () => {
      const ana = await owner();
      const code = await newCode(ana, { count: 12 });
      const answers = await Promise.all(Array.from({ length: 40 }, () => sign(ana.client, ana, code)));
      expect(answers.filter((answer) => answer === SIGNED)).toHaveLength(12);
      expect(answers.filter((answer) => answer === NO_CODE)).toHaveLength(28);
    });

    it('for a certificate that was disabled, and for an owner who was', async () => {
      const ana = await owner('Oficina');
      const code = await newCode(ana, { count: 9 }, portal);
      await database.query('UPDATE certificate SET disabled = true WHERE certid = $1', [ana.certid]);
      expect(await sign(portal, ana, code)).toBe('K0011 The certificate is disabled');
      expect((await ask(portal, ana)).code).toBe('K0011');
      await database.query('UPDATE certificate SET disabled = false WHERE certid = $1', [ana.certid]);
      await admin.ok('User/Set', { user: { userid: ana.userid, disabled: true } });
      for (const refused of [await sign(portal, ana, code), (await ask(portal, ana)).code])
        expect(refused).toMatch(/^K0003/);
    });
  });

  describe('beside the PIN', () => {
    const both = (of: Owner, pin: string, otp: string) =>
      of.client.refusal('Sign/Hash', { ...signing(of.certid, otp), cert: { certid: of.certid, pin, otp } });

    it('both must be right; a wrong PIN costs no use of the code, and a wrong code no try at the PIN', async () => {
      const ana = await owner();
      const code = await newCode(ana);
      expect(await both(ana, 'Wrong-guess-1', code)).toBe('K0009 Wrong PIN, 4 tries left');
      expect(await both(ana, PIN, wrongOf(code))).toBe('K0009 Wrong code, 4 tries left');
      expect(await both(ana, 'Wrong-guess-1', wrongOf(code))).toBe('K0009 Wrong PIN, 4 tries left');
      // The key is unlocked by now.
      expect(await both(ana, PIN, code)).toBe(SIGNED);
      expect(await both(ana, PIN, code)).toBe(NO_CODE);
      expect(await both(ana, PIN, wrongOf(code))).toBe(NO_CODE);
    });

    it('neither is too little', async () => {
      const ana = await owner();
      const { hash } = signing(ana.certid, '');
      for (const cert of [{ certid: ana.certid }, { certid: ana.certid, pin: '', otp: '' }])
        expect(await ana.client.refusal('Sign/Hash', { cert, hash })).toBe('K0004 Insufficient parameters (cert.pin)');
    });
  });

  describe('for documents', () => {
    const pades = (of: Owner, otp: string, document: Buffer) =>
      of.client.call('Signature/Pades', {
        cert: { certid: of.certid, otp },
        document: document.toString('base64'),
        profile: 'enhanced',
      });

    it('sign one, and where digests were named the very document of that SHA-256', async () => {
      const ana = await owner();
      const [document, another] = [samplePdf('one'), samplePdf('another')];
      expect((await pades(ana, await newCode(ana), document)).code).toBe('K0000');
      const digests = [createHash('sha256').update(document).digest('base64')];
      const code = await newCode(ana, { digests });
      expect((await pades(ana, code, another)).message).toBe('The one-time code is not for this digest');
      const { body } = await pades(ana, code, document);
      expect(Buffer.from(String(body['data']), 'base64').subarray(0, document.length).equals(document)).toBe(true);
      expect((await pades(ana, code, document)).code).toBe('K0008');
    });

    it('sign a large one that came as multipart/form-data, by its digest too', async () => {
      const ana = await owner();
      const document = samplePdf('large');
      const code = await newCode(ana, { digests: [createHash('sha256').update(document).digest('base64')] });
      const form = new FormData();
      form.append('request', JSON.stringify({ cert: { certid: ana.certid, otp: code }, profile: 'enhanced' }));
      form.append('document', new Blob([new Uint8Array(document)]), 'large.pdf');
      const response = await fetch(`${keyman.url}/Keyman/rest/v3/Signature/Pades`, {
        method: 'POST',
        body: form,
        headers: { authentication: String(ana.client.token) },
      });
      expect(await response.json()).toMatchObject({ error: null });
    });
  });
});
