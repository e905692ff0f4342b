import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { codeFor } from './code-letters.ts';
import { addUser, importFor, PASSWORD, PIN } from './people.ts';
import { RestCaller, type Answer } from './rest-caller.ts';
import type { RunningKeyman } from './running-keyman.ts';
import { TwoNodes } from './two-nodes.ts';

const LIMIT = 5;
const HASH = { algorithm: 'SHA256', digest: Buffer.alloc(32, 7).toString('base64') };
const LISTENING = "FROM pg_stat_activity WHERE application_name = 'keyman key changes'";

/** Two servers, each a process of its own, on one outside database and one token. */
describe('two nodes', () => {
  let nodes: TwoNodes;
  let client: pg.Client;
  let nodeA: RunningKeyman;
  let nodeB: RunningKeyman;
  let admin: RestCaller;
  let users = 0;

  beforeAll(async () => {
    nodes = await TwoNodes.start();
    ({ client, nodeA, nodeB } = nodes);
    admin = await nodeA.admin();
  }, 120_000);
  afterAll(() => nodes.close(), 60_000);

  interface Owner {
    readonly onA: RestCaller;
    readonly onB: RestCaller;
    readonly certid: string;
  }

  /** A user with a certificate; one session counts on both nodes. */
  async function owner(): Promise<Owner> {
    const userid = `owner-${++users}`;
    await addUser(admin, userid);
    const onA = await nodeA.logIn(userid, PASSWORD);
    return { onA, onB: new RestCaller(nodeB.url, onA.token), certid: await importFor(onA, 'clara') };
  }

  const check = (node: RestCaller, { certid }: Owner, pin: string): Promise<Answer> =>
    node.call('Cert/PinCheck', { cert: { certid, pin } });
  const sign = (node: RestCaller, { certid }: Owner, pin: string): Promise<Answer> =>
    node.call('Sign/Hash', { cert: { certid, pin }, hash: HASH });
  const set = (node: RestCaller, { certid }: Owner, pin: string, newpin: string): Promise<Answer> =>
    node.call('Cert/PinSet', { cert: { certid, pin, newpin } });
  /** All at once, every other one over the other node. */
  const spread = (of: Owner, pins: readonly string[]): Promise<Answer[]> =>
    Promise.all(pins.map((pin, index) => check(index % 2 === 0 ? of.onA : of.onB, of, pin)));
  const wrongPins = (count: number): string[] => Array.from({ length: count }, (_, index) => `Wrong-${index}-guess`);
  const count = (answers: readonly Answer[], code: string): number =>
    answers.filter((answer) => answer.code === code).length;
  const spent = async ({ certid }: Owner): Promise<number> => {
    const { rows } = await client.query<{ tries: number }>(
      'SELECT tries_in_row AS tries FROM key_slot WHERE certid = $1',
      [certid],
    );
    return rows[0]?.tries ?? -1;
  };

  it('what one node takes into custody the other one signs with', async () => {
    const ana = await owner();
    expect((await sign(ana.onB, ana, PIN)).code).toBe('K0000');
    expect((await sign(ana.onA, ana, PIN)).code).toBe('K0000');
  });

  it('a new PIN set on one node makes the old one useless on the other at once, and serves there at once', async () => {
    const ana = await owner();
    let pin = PIN;
    for (let round = 0; round < 12; round += 1) {
      const newpin = `Pin-of-round-${round}`;
      const [here, there] = round % 2 === 0 ? [ana.onA, ana.onB] : [ana.onB, ana.onA];
      // Unlocked on both.
      for (const node of [here, there]) expect((await sign(node, ana, pin)).code).toBe('K0000');
      expect((await set(here, ana, pin, newpin)).code).toBe('K0000');
      if (round % 3 === 0) expect((await sign(there, ana, pin)).message).toBe('Wrong PIN, 4 tries left');
      const { code, message } = await sign(there, ana, newpin);
      expect(`${round}: ${code} ${message}`.trim()).toBe(`${round}: K0000`);
      pin = newpin;
    }
  });

  it('signing on one node while the PIN is set on the other: nothing that is sent after the answer is signed', async () => {
    const ana = await owner();
    let stopping = false;
    let signatures = 0;
    let changedAtMs = Number.POSITIVE_INFINITY;
    const later: string[] = [];
    const signOnAndOn = async () => {
      while (!stopping) {
        const sentAtMs = performance.now();
        const { code } = await sign(ana.onB, ana, PIN);
        if (code === 'K0000') signatures += 1;
        if (sentAtMs > changedAtMs) later.push(code);
      }
    };
    const load = Array.from({ length: 8 }, signOnAndOn);
    while (signatures < 30) await sleep(5);
    expect((await set(ana.onA, ana, PIN, 'Pin-of-the-other-node')).code).toBe('K0000');
    changedAtMs = performance.now();
    while (later.length < 8) await sleep(20);
    stopping = true;
    await Promise.all(load);
    expect(later.filter((code) => code !== 'K0009' && code !== 'K0010')).toEqual([]);
  });

  it.each([
    ['a log-out', (ana: Owner): Promise<unknown> => ana.onA.ok('Auth/Logout')],
    [
      'a disabled user',
      ({ certid }: Owner): Promise<unknown> =>
        client.query(
          'UPDATE keyman_user SET disabled = true WHERE userid = (SELECT userid FROM certificate WHERE certid = $1)',
          [certid],
        ),
    ],
  ])('%s on one node counts at once on the other, which remembers the session', async (_what, end) => {
    const ana = await owner();
    for (let round = 0; round < 3; round += 1) expect((await sign(ana.onB, ana, PIN)).code).toBe('K0000');
    let stopping = false;
    let endedAtMs = Number.POSITIVE_INFINITY;
    const later: string[] = [];
    const signOnAndOn = async () => {
      while (!stopping) {
        const sentAtMs = performance.now();
        const { code } = await sign(ana.onB, ana, PIN);
        if (sentAtMs > endedAtMs) later.push(code);
      }
    };
    const load = Array.from({ length: 8 }, signOnAndOn);
    await sleep(200);
    await end(ana);
    endedAtMs = performance.now();
    while (later.length < 8) await sleep(20);
    stopping = true;
    await Promise.all(load);
    expect([...new Set(later)]).toEqual(['K0002']);
    expect(await spent(ana)).toBe(0);
  });

  it('a storm of wrong PINs over both never gets more than the limit evaluated', async () => {
    const ana = await owner();
    const answers = await spread(ana, wrongPins(40));
    expect([count(answers, 'K0009'), count(answers, 'K0010')]).toEqual([LIMIT - 1, 40 - LIMIT + 1]);
    expect(await spent(ana)).toBe(LIMIT);
    for (const node of [ana.onA, ana.onB]) expect((await check(node, ana, PIN)).code).toBe('K0010');
  });

  it('a storm with the right PIN last on each node opens neither', async () => {
    const ana = await owner();
    const answers = await spread(ana, [...wrongPins(38), PIN, PIN]);
    expect(answers.slice(-2).map(({ code }) => code)).toEqual(['K0010', 'K0010']);
    expect(count(answers, 'K0000')).toBe(0);
    expect(await spent(ana)).toBe(LIMIT);
  });

  it('locked on one node is locked on the other, also where the key was unlocked', async () => {
    const ana = await owner();
    expect((await sign(ana.onB, ana, PIN)).code).toBe('K0000');
    for (const pin of wrongPins(LIMIT)) await check(ana.onA, ana, pin);
    expect((await sign(ana.onB, ana, PIN)).code).toBe('K0010');
    expect((await admin.call('Cert/PinUnlock', { cert: { certid: ana.certid } })).code).toBe('K0000');
    expect((await sign(ana.onB, ana, PIN)).code).toBe('K0000');
  });

  it('forty right PINs over both, cold, all succeed and spend nothing', async () => {
    const ana = await owner();
    const answers = await spread(
      ana,
      Array.from({ length: 40 }, () => PIN),
    );
    expect(count(answers, 'K0000')).toBe(40);
    expect(await spent(ana)).toBe(0);
  });

  it('word of an older change that comes while a key is being unlocked turns no right PIN away', async () => {
    const ana = await owner();
    for (let round = 0; round < 15; round += 1) {
      const signing = sign(ana.onB, ana, PIN);
      await sleep(round * 2);
      await client.query("SELECT pg_notify('cinnabar_key_changed', $1)", [ana.certid]);
      expect(`${round}: ${(await signing).code}`).toBe(`${round}: K0000`);
    }
    expect(await spent(ana)).toBe(0);
  });

  describe('one-time codes', () => {
    const signBy = (node: RestCaller, { certid }: Owner, otp: string): Promise<Answer> =>
      node.call('Sign/Hash', { cert: { certid, otp }, hash: HASH });
    /** The address is that of the newest owner. */
    const newCode = async (of: Owner, members: object): Promise<string> => {
      await of.onA.ok('Otp/Request', { cert: { certid: of.certid, ...members }, count: 7 });
      return codeFor(nodeA.home, `owner-${users}@example.test`);
    };

    it('asked for on one node sign on both, and forty at once over both no more often than they are good for', async () => {
      const ana = await owner();
      const code = await newCode(ana, { pin: PIN });
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) => signBy(index % 2 === 0 ? ana.onA : ana.onB, ana, code)),
      );
      expect([count(answers, 'K0000'), count(answers, 'K0008')]).toEqual([7, 33]);
    });

    it('are guessed at five times over both, and are locked on both then', async () => {
      const ana = await owner();
      const code = await newCode(ana, { pin: PIN });
      const wrong = (index: number) => String((Number(code) + 1 + index) % 1e6).padStart(6, '0');
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, index) => signBy(index % 2 === 0 ? ana.onA : ana.onB, ana, wrong(index))),
      );
      expect([count(answers, 'K0009'), count(answers, 'K0010')]).toEqual([LIMIT - 1, 41 - LIMIT]);
      for (const node of [ana.onA, ana.onB]) expect((await signBy(node, ana, code)).code).toBe('K0010');
    });

    it('sign on no node once the owner’s address was changed on one', async () => {
      const ana = await owner();
      const code = await newCode(ana, { pin: PIN });
      expect((await signBy(ana.onB, ana, code)).code).toBe('K0000');
      await admin.ok('User/Set', { user: { userid: `owner-${users}`, email: 'mallory@example.test' } });
      for (const node of [ana.onB, ana.onA]) {
        expect((await signBy(node, ana, code)).code).toBe('K0008');
        expect((await node.call('Otp/Request', { cert: { certid: ana.certid } })).code).toBe('K0008');
      }
    });
  });

  it('goes on when nobody hears of changes any more, and hears of them again by itself', async () => {
    const ana = await owner();
    expect((await sign(ana.onB, ana, PIN)).code).toBe('K0000');
    const { rows } = await client.query(`SELECT pg_terminate_backend(pid) ${LISTENING}`);
    expect(rows).toHaveLength(2);
    expect((await set(ana.onA, ana, PIN, 'Pin-unheard-of')).code).toBe('K0000');
    expect((await sign(ana.onB, ana, PIN)).code).toBe('K0009');
    const listening = async () => (await client.query<{ count: number }>(`SELECT count(*)::int ${LISTENING}`)).rows;
    while ((await listening())[0]?.count !== 2) await sleep(20);
    for (const { output } of [nodeA, nodeB]) expect(output).toContain('all unlocked keys are forgotten');
    expect((await sign(ana.onB, ana, 'Pin-unheard-of')).code).toBe('K0000');
  }, 30_000);
});
