import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { KeymanDatabase } from './keyman-database.ts';
import { addUser, importFor, PASSWORD, PFX_PASSWORD, PIN, pki } from './people.ts';
import type { Answer, RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';

const NEW_PIN = 'Pin-0815-nueva';
const LIMIT = 5;
const HASH = { algorithm: 'SHA256', digest: Buffer.alloc(32, 7).toString('base64') };

describe('Cert/PinSet and Cert/PinUnlock', () => {
  let keyman: RunningKeyman;
  let database: KeymanDatabase;
  let admin: RestCaller;
  let users = 0;

  beforeAll(async () => {
    keyman = await RunningKeyman.start({ ...CHEAP_HASHING, KEYMAN_LOG_LEVEL: 'trace' });
    database = await KeymanDatabase.open(keyman.home);
    admin = await keyman.admin();
  }, 90_000);
  afterAll(async () => {
    await database.close();
    await keyman.remove();
  }, 30_000);

  interface Owner {
    readonly client: RestCaller;
    readonly userid: string;
    readonly certid: string;
  }

  async function owner(orgaid = 'Main'): Promise<Owner> {
    const userid = `owner-${++users}`;
    await addUser(admin, userid, { orgaid });
    const client = await keyman.logIn(userid, PASSWORD);
    return { client, userid, certid: await importFor(client, 'clara') };
  }

  const set = ({ client, certid }: Owner, newpin: string, pin = PIN): Promise<Answer> =>
    client.call('Cert/PinSet', { cert: { certid, newpin, pin } });
  const check = async ({ client, certid }: Owner, pin: string): Promise<string> => {
    const { code, message } = await client.call('Cert/PinCheck', { cert: { certid, pin } });
    return `${code} ${message}`.trim();
  };
  const sign = ({ client, certid }: Owner, pin: string): Promise<Answer> =>
    client.call('Sign/Hash', { cert: { certid, pin }, hash: HASH });
  const lock = async (of: Owner) => {
    for (let wrong = 0; wrong < LIMIT; wrong += 1) await check(of, `Wrong-${wrong}-guess`);
    expect(await check(of, PIN)).toBe('K0010 The PIN is locked');
  };
  const slotOf = async ({ certid }: Owner) => {
    const [slot] = await database.query('SELECT * FROM key_slot WHERE certid = $1', [certid]);
    return slot ?? {};
  };

  it('the new PIN opens and signs from then on, and the old one does neither, also where the key was unlocked', async () => {
    const ana = await owner();
    expect((await sign(ana, PIN)).code).toBe('K0000');
    expect((await set(ana, NEW_PIN)).body).toEqual({ error: null, result: true });
    expect(await check(ana, PIN)).toBe('K0009 Wrong PIN, 4 tries left');
    expect((await sign(ana, PIN)).message).toBe('Wrong PIN, 3 tries left');
    expect((await sign(ana, NEW_PIN)).code).toBe('K0000');
    expect(await check(ana, NEW_PIN)).toBe('K0000');
    expect((await slotOf(ana))['tries_in_row']).toBe(0);
  });

  it('takes its members flat too, and may be called again and again', async () => {
    const { client, certid } = await owner();
    let pin = PIN;
    for (const newpin of ['first-of-many', 'second-of-many', PIN]) {
      expect(await client.ok('Cert/PinSet', { certid, pin, newpin })).toEqual({ error: null, result: true });
      pin = newpin;
    }
    expect(await client.ok('Cert/PinCheck', { certid, pin: PIN })).toMatchObject({ result: true });
  });

  it.each([
    [{ cert: { newpin: NEW_PIN, pin: PIN } }, 'cert.certid'],
    [{ cert: { certid: 'A', pin: PIN } }, 'cert.newpin'],
    [{ cert: { certid: 'A', newpin: '', pin: PIN } }, 'cert.newpin'],
    [{ cert: { certid: 'A', newpin: NEW_PIN } }, 'cert.pin'],
  ])('%j misses %s', async (request, member) => {
    expect(await admin.refusal('Cert/PinSet', request)).toBe(`K0004 Insufficient parameters (${member})`);
  });

  it('a wrong current PIN counts as a try, the last one locks, and nothing is changed', async () => {
    const ana = await owner();
    const before = await slotOf(ana);
    const answers: string[] = [];
    for (let wrong = 0; wrong < LIMIT; wrong += 1) {
      const { code, message, body } = await set(ana, NEW_PIN, `Wrong-${wrong}-guess`);
      expect(body['result']).toBeUndefined();
      answers.push(`${code} ${message}`);
    }
    expect(answers).toEqual([
      ...[4, 3, 2].map((left) => `K0009 Wrong PIN, ${left} tries left`),
      'K0009 Wrong PIN, 1 try left',
      'K0010 The PIN is locked',
    ]);
    expect((await set(ana, NEW_PIN)).code).toBe('K0010');
    const { version, salt, sealed_data_key: sealed } = await slotOf(ana);
    expect({ version, salt, sealed }).toEqual({
      version: before['version'],
      salt: before['salt'],
      sealed: before['sealed_data_key'],
    });
  });

  it('a right current PIN gives the tries back', async () => {
    const ana = await owner();
    for (const wrong of ['Wrong-1-guess', 'Wrong-2-guess']) await check(ana, wrong);
    expect((await set(ana, NEW_PIN)).code).toBe('K0000');
    expect(await check(ana, PIN)).toBe('K0009 Wrong PIN, 4 tries left');
  });

  it('a new PIN that will not do is refused before the current one is looked at', async () => {
    const ana = await owner();
    for (const pin of [PIN, 'Wrong-1-guess']) {
      const { code, message } = await set(ana, 'corta', pin);
      expect(`${code} ${message}`).toBe('K0005 Invalid parameter (cert.newpin): a PIN has at least 6 characters');
    }
    expect((await slotOf(ana))['tries_in_row']).toBe(0);
  });

  it('of several changes at once one is made; its PIN is the one that opens', async () => {
    const ana = await owner();
    const wanted = Array.from({ length: 8 }, (_, index) => `Pin-number-${index}`);
    const codes = await Promise.all(wanted.map(async (newpin) => (await set(ana, newpin)).code));
    const winners = wanted.filter((_, index) => codes[index] === 'K0000');
    expect(winners).toHaveLength(1);
    expect(codes.filter((code) => code !== 'K0000' && code !== 'K0008' && code !== 'K0009')).toEqual([]);
    expect(await check(ana, winners[0] ?? '')).toBe('K0000');
    expect((await slotOf(ana))['version']).toBe(2);
  });

  it('under a signing load with the old PIN, no signature is released once the change is sealed', async () => {
    const ana = await owner();
    let stopping = false;
    let signatures = 0;
    const later: string[] = [];
    let changedAtMs = Number.POSITIVE_INFINITY;
    const signOnAndOn = async () => {
      while (!stopping) {
        const sentAtMs = performance.now();
        const { code } = await sign(ana, PIN);
        if (code === 'K0000') signatures += 1;
        if (sentAtMs > changedAtMs) later.push(code);
      }
    };
    const load = Array.from({ length: 8 }, signOnAndOn);
    while (signatures < 50) await sleep(5);
    expect((await set(ana, NEW_PIN)).code).toBe('K0000');
    changedAtMs = performance.now();
    while (later.length < 8) await sleep(5);
    stopping = true;
    await Promise.all(load);
    expect(later.length).toBeGreaterThan(0);
    expect(later.filter((code) => code !== 'K0009' && code !== 'K0010')).toEqual([]);
    const released = await database.query(
      `SELECT record.auditid FROM audit_record record JOIN audit_chain link USING (auditid)
        WHERE record.certid = $1 AND record.action = 'Hash' AND record.success
          AND link.seq > (SELECT seq FROM audit_chain JOIN audit_record USING (auditid) WHERE certid = $1 AND action = 'PinSet' AND success)`,
      [ana.certid],
    );
    expect(released).toEqual([]);
  });

  it('each change and each refusal is in the audit, and no PIN is, nor in the log', async () => {
    const ana = await owner();
    await set(ana, NEW_PIN, 'Wrong-1-guess');
    await set(ana, NEW_PIN);
    const { auditlist } = await ana.client.ok('Audit/List', {
      startdate: '2000-01-01',
      enddate: '2999-12-31',
      audit: { category: 'Cert', action: 'PinSet' },
    });
    expect(auditlist).toMatchObject([
      { certid: ana.certid, oper: ana.userid, success: true, info: 'Cert/PinSet ok' },
      { certid: ana.certid, oper: ana.userid, success: false },
    ]);
    for (const pin of [PIN, NEW_PIN, 'Wrong-1-guess']) {
      expect(JSON.stringify(auditlist)).not.toContain(pin);
      expect(keyman.output).not.toContain(pin);
    }
    expect(keyman.output).toContain('Cert/PinSet wrong-pin');
  });

  describe('Cert/PinUnlock', () => {
    const unlock = (by: RestCaller, { certid }: Owner) => by.call('Cert/PinUnlock', { cert: { certid } });

    it('gives the tries back, in a row and of the day, and changes nothing else', async () => {
      const ana = await owner();
      await lock(ana);
      const [certificate] = await database.query('SELECT * FROM certificate WHERE certid = $1', [ana.certid]);
      const slot = await slotOf(ana);
      expect((await unlock(admin, ana)).body).toEqual({ error: null, result: true });
      expect(await slotOf(ana)).toEqual({ ...slot, tries_in_row: 0, tries_today: 0 });
      expect(await database.query('SELECT * FROM certificate WHERE certid = $1', [ana.certid])).toEqual([certificate]);
      expect(await check(ana, 'Wrong-again-1')).toBe('K0009 Wrong PIN, 4 tries left');
      expect(await check(ana, PIN)).toBe('K0000');
    });

    it('opens the day’s cap too', async () => {
      const ana = await owner();
      await database.query(
        "UPDATE key_slot SET tries_today = 20, tries_on = (now() AT TIME ZONE 'UTC')::date WHERE certid = $1",
        [ana.certid],
      );
      expect(await check(ana, PIN)).toBe('K0010 The PIN is locked');
      expect((await unlock(admin, ana)).code).toBe('K0000');
      expect(await check(ana, PIN)).toBe('K0000');
    });

    it('is not for the owner as such, and leaves a suspended slot suspended', async () => {
      const ana = await owner();
      await lock(ana);
      expect((await unlock(ana.client, ana)).code).toBe('K0003');
      expect(await check(ana, PIN)).toBe('K0010 The PIN is locked');
      await database.query('UPDATE key_slot SET suspended_at = now() WHERE certid = $1', [ana.certid]);
      expect((await unlock(admin, ana)).code).toBe('K0000');
      expect(await check(ana, PIN)).toBe('K0010 The PIN is locked');
    });

    it('is in the audit with who did it and for whom, and so is a refusal', async () => {
      const ana = await owner();
      await unlock(ana.client, ana);
      await unlock(admin, ana);
      const records = await database.query(
        "SELECT oper, userid, certid, success, error_code FROM audit_record WHERE action = 'PinUnlock' AND traceid IS NOT NULL ORDER BY auditid DESC LIMIT 2",
      );
      expect(records).toEqual([
        { oper: 'admin', userid: ana.userid, certid: ana.certid, success: true, error_code: null },
        expect.objectContaining({ oper: ana.userid, success: false, error_code: 'K0003' }),
      ]);
    });
  });

  describe('an organisation’s policy', () => {
    const policyOf = (orgaid: string, policy: object) =>
      database.query('UPDATE organisation SET policy = $2 WHERE orgaid = $1', [orgaid, JSON.stringify(policy)]);
    const importing = (client: RestCaller, newpin?: string) =>
      client.refusal('Cert/ImportPFX', {
        cert: { name: 'another', newpin },
        pfxdata: Buffer.from(pki.pfx('ana', PFX_PASSWORD)).toString('base64'),
        pfxpass: PFX_PASSWORD,
      });

    it('holds for PinSet and ImportPFX, of its own users alone', async () => {
      await database.addOrganisation('Estricta', 'Main');
      const ana = await owner('Estricta');
      const other = await owner();
      await policyOf('Estricta', { pin: { minLength: 10, letters: true, digits: true, distinct: 5 } });
      for (const [newpin, shortcoming] of [
        ['short-1', 'has at least 10 characters'],
        ['1234567890', 'holds at least one letter'],
        ['abcdefghij', 'holds at least one digit'],
        ['aaaaa11111', 'has at least 5 different characters'],
      ] as const) {
        const refusal = `K0005 Invalid parameter (cert.newpin): a PIN ${shortcoming}`;
        const { code, message } = await set(ana, newpin);
        expect(`${code} ${message}`).toBe(refusal);
        expect(await importing(ana.client, newpin)).toBe(refusal);
      }
      expect(await importing(ana.client)).toMatch(
        /^K0005 Invalid parameter \(pfxpass\): a PIN holds at least one digit/,
      );
      expect((await set(ana, 'abcdefgh12')).code).toBe('K0000');
      expect((await set(other, 'short-1')).code).toBe('K0000');
    });

    it('cannot ask for less than the server does', async () => {
      await database.addOrganisation('Laxa', 'Main');
      const ana = await owner('Laxa');
      await policyOf('Laxa', { pin: { minLength: 4 } });
      expect((await set(ana, 'corta')).message).toBe(
        'Invalid parameter (cert.newpin): a PIN has at least 6 characters',
      );
    });

    it('that cannot be read lets no new PIN pass, and leaves the present one alone', async () => {
      await database.addOrganisation('Confusa', 'Main');
      const ana = await owner('Confusa');
      await policyOf('Confusa', { pin: { minLenght: 10 } });
      expect((await set(ana, 'long-enough-for-all-1')).code).toBe('K0001');
      expect(await check(ana, PIN)).toBe('K0000');
      expect(keyman.output).toContain('the policy of organisation Confusa cannot be read');
    });
  });
});
