import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { samplePdf } from '../../apps/keyman/src/tools/demo/sample-pdf.ts';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { codeFor, lettersTo } from './code-letters.ts';
import { KeymanDatabase } from './keyman-database.ts';
import { addUser, importFor, PASSWORD, PIN } from './people.ts';
import type { RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';
import { digestOf, SlotMaker } from './slot-maker.ts';

const BOBS_PIN = 'Bob-4711-probe';
const CODE = '0123456789abcdef0123456789abcdef';
const NEW_PIN = 'Elegido-por-fin';
const LIMIT = 5;
const DAY_MS = 24 * 60 * 60 * 1000;
const NO_PIN = /^K0008 The key has no PIN yet/;
const DONE = 'K0000 ';

describe('slots beside the owner’s PIN', () => {
  let keyman: RunningKeyman;
  let database: KeymanDatabase;
  let slots: SlotMaker;
  let admin: RestCaller;
  let bob: RestCaller;
  let users = 0;

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    database = await KeymanDatabase.open(keyman.home);
    slots = await SlotMaker.open(keyman.home);
    admin = await keyman.admin();
    await addUser(admin, 'bob');
    bob = await keyman.logIn('bob', PASSWORD);
  }, 120_000);
  afterAll(async () => {
    await slots.close();
    await database.close();
    await keyman.remove();
  }, 60_000);

  interface Owner {
    readonly client: RestCaller;
    readonly userid: string;
    readonly address: string;
    readonly certid: string;
  }

  async function owner(): Promise<Owner> {
    const userid = `owner-${++users}`;
    await addUser(admin, userid);
    const client = await keyman.logIn(userid, PASSWORD);
    return { client, userid, address: `${userid}@example.test`, certid: await importFor(client, 'clara') };
  }
  const sign = (by: RestCaller, { certid }: Owner, pin: string) =>
    by.refusal('Sign/Hash', { cert: { certid, pin }, hash: { algorithm: 'SHA256', digest: digestOf('x') } });
  const check = (by: RestCaller, { certid }: Owner, pin: string) =>
    by.refusal('Cert/PinCheck', { cert: { certid, pin } });
  const setPin = (by: RestCaller, { certid }: Owner, pin: string, newpin = NEW_PIN) =>
    by.refusal('Cert/PinSet', { cert: { certid, pin, newpin } });

  describe('a delegate', () => {
    const delegate = ({ certid }: Owner, limits: object = {}) =>
      slots.add(certid, PIN, { kind: 'delegate', holder: 'bob', secret: BOBS_PIN, delegation: 'D', ...limits });

    it('signs with his own PIN, changes it, and is nobody to a certificate that was not delegated to him', async () => {
      const ana = await owner();
      expect(await sign(bob, ana, BOBS_PIN)).toMatch(/^K0006 /);
      await delegate(ana);
      expect(await sign(bob, ana, BOBS_PIN)).toBe(DONE);
      expect(await sign(bob, ana, PIN)).toBe('K0009 Wrong PIN, 4 tries left');
      expect(await setPin(bob, ana, BOBS_PIN, 'Bob-0815-otro')).toBe(DONE);
      expect(await sign(bob, ana, 'Bob-0815-otro')).toBe(DONE);
      expect(await sign(ana.client, ana, PIN)).toBe(DONE);
    });

    it('signs no more once the owner is disabled, also with a key that is unlocked, and again once he is enabled', async () => {
      const ana = await owner();
      await delegate(ana);
      expect(await sign(bob, ana, BOBS_PIN)).toBe(DONE);
      expect(await sign(bob, ana, BOBS_PIN)).toBe(DONE);
      await admin.ok('User/Set', { user: { userid: ana.userid, disabled: true } });
      expect(await sign(bob, ana, BOBS_PIN)).toBe('K0011 The owner of the certificate is disabled');
      await admin.ok('User/Set', { user: { userid: ana.userid, disabled: false } });
      expect(await sign(bob, ana, BOBS_PIN)).toBe(DONE);
    });

    it('who guesses locks himself and not the owner; the owner who guesses does not lock him; PinUnlock gives back both', async () => {
      const ana = await owner();
      await delegate(ana);
      const guesses = await Promise.all(
        Array.from({ length: 40 }, (_, index) => check(bob, ana, `Guess-number-${index}`)),
      );
      expect(guesses.filter((each) => each.startsWith('K0009'))).toHaveLength(LIMIT - 1);
      expect(await sign(bob, ana, BOBS_PIN)).toBe('K0010 The PIN is locked');
      expect(await sign(ana.client, ana, PIN)).toBe(DONE);
      for (let guess = 0; guess < LIMIT; guess += 1) await check(ana.client, ana, `Guess-number-${guess}`);
      expect(await sign(ana.client, ana, PIN)).toBe('K0010 The PIN is locked');
      await admin.ok('Cert/PinUnlock', { cert: { certid: ana.certid } });
      expect([await sign(bob, ana, BOBS_PIN), await sign(ana.client, ana, PIN)]).toEqual([DONE, DONE]);
    });

    it('signs what he was given and nothing else, and within his dates', async () => {
      const ana = await owner();
      await delegate(ana, { operations: ['Sign/Hash'] });
      expect(await sign(bob, ana, BOBS_PIN)).toBe(DONE);
      const pades = { document: samplePdf('x').toString('base64'), profile: 'enhanced' };
      expect(await bob.refusal('Signature/Pades', { cert: { certid: ana.certid, pin: BOBS_PIN }, ...pades })).toBe(
        'K0003 The delegation is not for Signature/Pades',
      );
      const eva = await owner();
      await delegate(eva, { validToAt: new Date(Date.now() - 1000) });
      expect(await sign(bob, eva, BOBS_PIN)).toMatch(/^K0003 /);
    });

    it('asks for codes that go to the owner, and neither makes nor confirms where they go', async () => {
      const ana = await owner();
      await delegate(ana);
      await ana.client.ok('Otp/Request', { cert: { certid: ana.certid, pin: PIN } });
      await admin.ok('User/Set', { user: { userid: 'bob', email: 'bob-elsewhere@example.test' } });
      for (const pin of [BOBS_PIN, PIN])
        expect(await bob.refusal('Otp/Request', { cert: { certid: ana.certid, pin } })).toBe(
          'K0003 Only the owner confirms with his PIN where codes may go',
        );
      const before = lettersTo(keyman.home, 'bob').length;
      await bob.ok('Otp/Request', { cert: { certid: ana.certid } });
      expect(lettersTo(keyman.home, 'bob')).toHaveLength(before);
      const otp = codeFor(keyman.home, ana.address);
      const hash = { algorithm: 'SHA256', digest: digestOf('x') };
      expect(await bob.refusal('Sign/Hash', { cert: { certid: ana.certid, otp }, hash })).toBe(DONE);
    });

    it('whose delegation has ended, or is for something else, does not sign with a code either', async () => {
      const hash = { algorithm: 'SHA256', digest: digestOf('x') };
      for (const [limits, code] of [
        [{ validToAt: new Date(Date.now() - 1000) }, 'K0006'],
        [{ operations: ['Signature/Pades'] }, 'K0006'],
      ] as const) {
        const ana = await owner();
        await ana.client.ok('Otp/Request', { cert: { certid: ana.certid, pin: PIN } });
        await delegate(ana, limits);
        const otp = await slots.newCode(ana.certid, { destination: ana.address, caller: 'bob', count: 1 });
        expect((await bob.call('Sign/Hash', { cert: { certid: ana.certid, otp }, hash })).code).toBe(code);
      }
    });
  });

  describe('an activation code', () => {
    const waiting = async (validToAt = new Date(Date.now() + DAY_MS)): Promise<Owner> => {
      const ana = await owner();
      await slots.deactivate(ana.certid, PIN, ana.userid, CODE, validToAt);
      return ana;
    };
    const kindsOf = async ({ certid }: Owner) =>
      (await database.query('SELECT kind FROM key_slot WHERE certid = $1', [certid])).map(({ kind }) => kind);

    it('signs nothing and asks for no codes: the owner is told to choose a PIN', async () => {
      const ana = await waiting();
      expect(await sign(ana.client, ana, CODE)).toMatch(NO_PIN);
      expect(await check(ana.client, ana, CODE)).toMatch(NO_PIN);
      expect(await ana.client.refusal('Otp/Request', { cert: { certid: ana.certid, pin: CODE } })).toMatch(NO_PIN);
      expect(await kindsOf(ana)).toEqual(['activation']);
    });

    it('makes the first PIN, typed in groups and capitals as in its letter, and is worth nothing from then on', async () => {
      const ana = await waiting();
      const typed = CODE.toUpperCase().replace(/.{4}(?=.)/g, '$&-');
      expect(await setPin(ana.client, ana, typed)).toBe(DONE);
      expect(await kindsOf(ana)).toEqual(['pin']);
      expect(await sign(ana.client, ana, NEW_PIN)).toBe(DONE);
      expect(await setPin(ana.client, ana, CODE, 'Another-PIN-1')).toBe('K0009 Wrong PIN, 4 tries left');
      expect(await sign(ana.client, ana, CODE)).toBe('K0009 Wrong PIN, 3 tries left');
    });

    it('is the owner’s: for an admin and a neighbour there is none', async () => {
      const ana = await waiting();
      expect(await setPin(admin, ana, CODE)).toMatch(/^K0003 /);
      expect(await setPin(bob, ana, CODE)).toMatch(/^K0006 /);
      expect(await kindsOf(ana)).toEqual(['activation']);
    });

    it('has tries like a PIN, which an admin gives back, and asks for a PIN that will do before it is looked at', async () => {
      const ana = await waiting();
      expect(await setPin(ana.client, ana, 'f'.repeat(32), 'corta')).toMatch(/^K0005 .*cert\.newpin/);
      for (let wrong = LIMIT - 1; wrong > 0; wrong -= 1)
        expect(await setPin(ana.client, ana, 'f'.repeat(32))).toMatch(new RegExp(`^K0009 .*${wrong} tr`));
      expect(await setPin(ana.client, ana, 'f'.repeat(32))).toMatch(/^K0010 /);
      expect(await setPin(ana.client, ana, CODE)).toMatch(/^K0010 /);
      await admin.ok('Cert/PinUnlock', { cert: { certid: ana.certid } });
      expect(await setPin(ana.client, ana, CODE)).toBe(DONE);
    });

    it('makes one PIN of several at once', async () => {
      const ana = await waiting();
      const wanted = Array.from({ length: 6 }, (_, index) => `Pin-number-${index}`);
      const answers = await Promise.all(wanted.map((newpin) => setPin(ana.client, ana, CODE, newpin)));
      const winners = wanted.filter((_, index) => answers[index] === DONE);
      expect(winners).toHaveLength(1);
      expect(await check(ana.client, ana, winners[0] ?? '')).toBe(DONE);
    });

    it('ends', async () => {
      const ana = await waiting(new Date(Date.now() - 1));
      expect(await setPin(ana.client, ana, CODE)).toMatch(/^K0008 The activation code has ended/);
    });
  });
});
