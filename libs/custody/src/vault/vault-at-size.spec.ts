import { setTimeout as sleep } from 'node:timers/promises';
import pkcs11js from 'pkcs11js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createKeyPair,
  createSoftHsm,
  isTestSignature,
  TestCustodyWorld,
  testSignatureRequest,
  type TestSoftHsm,
} from '@cinnabar/testing';
import type { KeyCustody, SlotTicket } from '../index.ts';

const CERTIFICATES = 20;
/** Slots are what is unlocked, each with an object of its own on the token: a thousand of them is sooner made than a key. */
const SLOTS_EACH = 550;
const MAXIMUM = 10_000;
const IDLE_MS = 5 * 60_000;
const BUSY = 64;
const MIB = 1024 * 1024;

const key = createKeyPair('prime256v1');
const request = testSignatureRequest(key);

// In turn, on one full vault: filling it takes most of the time.
describe('a vault of ten thousand keys on a token', () => {
  const world = new TestCustodyWorld();
  let softHsm: TestSoftHsm;
  let custody: KeyCustody;
  let tickets: SlotTicket[];

  beforeAll(async () => {
    softHsm = await createSoftHsm();
    custody = await world.openNode(softHsm, {
      slotCost: { memoryKib: 8, passes: 1, parallelism: 1 },
      vault: { maximumKeys: MAXIMUM, idleTtlMs: IDLE_MS, absoluteTtlMs: 12 * IDLE_MS },
    });
    const owners = await Promise.all(Array.from({ length: CERTIFICATES }, () => world.protect(custody, key, 'owner')));
    const made = await inTurns(
      owners.flatMap((owner) => Array.from({ length: SLOTS_EACH }, (_, index) => ({ owner, index }))),
      async ({ owner, index }) => {
        const slot = await custody.addSlot(owner, 'owner', { kind: 'delegate', holder: `d-${index}`, secret: 'open' });
        return world.slotStore.put(slot);
      },
    );
    tickets = made;
  }, 240_000);
  afterAll(async () => {
    await world.close();
    await softHsm.dispose();
  }, 60_000);

  const open = (some: readonly SlotTicket[]) => inTurns(some, (ticket) => custody.opens(ticket, 'open'));
  const unlocked = (): number => custody.health().unlockedKeys;
  async function loadsOf(work: () => Promise<unknown>): Promise<number> {
    const before = world.slotStore.loads;
    await work();
    return world.slotStore.loads - before;
  }

  it('is bounded: eleven thousand are unlocked, ten thousand stay, and the token holds those alone', async () => {
    await open(tickets);
    expect(tickets).toHaveLength(CERTIFICATES * SLOTS_EACH);
    expect(unlocked()).toBe(MAXIMUM);
    await whenTokenHolds(MAXIMUM);
    // The last ten thousand need no query any more; those that went are cold.
    expect(await loadsOf(() => open(tickets.slice(-MAXIMUM)))).toBe(0);
    expect(await loadsOf(() => open(tickets.slice(0, 5)))).toBe(5);
  }, 240_000);

  it('turns over without growing: as many objects, and no more memory than before', async () => {
    const before = process.memoryUsage.rss();
    for (let turnover = 0; turnover < 2; turnover += 1) {
      await custody.clear();
      expect(unlocked()).toBe(0);
      await open(tickets);
      expect(unlocked()).toBe(MAXIMUM);
      await whenTokenHolds(MAXIMUM);
    }
    // 10,000 keys that were not given back would be ten times 8.6 KB each; this leaves the collector room.
    expect((process.memoryUsage.rss() - before) / MIB).toBeLessThan(150);
  }, 240_000);

  it('evicts a certificate while its keys sign: what was under way is waited for, and nothing else goes', async () => {
    const [first] = tickets.slice(-SLOTS_EACH);
    const { certid } = first as SlotTicket;
    const own = tickets.filter((ticket) => ticket.certid === certid);
    const outcomes = own.slice(0, BUSY).map((ticket) =>
      custody.sign(ticket, 'open', request).then(
        (signature) => isTestSignature(key, signature),
        (error: unknown) => (error as { code: string }).code,
      ),
    );
    await custody.evict(certid);
    expect(unlocked()).toBe(MAXIMUM - own.length);
    await whenTokenHolds(MAXIMUM - own.length);
    const results = await Promise.all(outcomes);
    expect(results.filter((each) => each !== true && each !== 'refused-in-state')).toEqual([]);
    expect(results).toContain(true);
  }, 120_000);

  it('forgets all that is idle without being asked, and goes on cold', async () => {
    world.clock.advance(IDLE_MS);
    while (unlocked() > 0) await sleep(100);
    await whenTokenHolds(0);
    const [first] = tickets;
    expect(isTestSignature(key, await custody.sign(first as SlotTicket, 'open', request))).toBe(true);
    expect(unlocked()).toBe(1);
  }, 120_000);

  /** Destruction follows an eviction; it is waited for, not timed. */
  async function whenTokenHolds(count: number): Promise<void> {
    while (sessionKeys(softHsm) !== count) await sleep(50);
  }
});

/** As many at once as callers may wait. */
async function inTurns<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += BUSY) {
    results.push(...(await Promise.all(items.slice(at, at + BUSY).map(work))));
  }
  return results;
}

/** Private keys that live in sessions of this process, as the token itself counts them. */
function sessionKeys({ modulePath }: TestSoftHsm): number {
  const cryptoki = new pkcs11js.PKCS11();
  cryptoki.load(modulePath);
  const slot = cryptoki
    .C_GetSlotList(true)
    .find((each) => cryptoki.C_GetTokenInfo(each).label.trimEnd() === 'test') as Buffer;
  const session = cryptoki.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
  try {
    cryptoki.C_FindObjectsInit(session, [
      { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_PRIVATE_KEY },
      { type: pkcs11js.CKA_TOKEN, value: false },
    ]);
    const found = cryptoki.C_FindObjects(session, 2 * MAXIMUM);
    cryptoki.C_FindObjectsFinal(session);
    return found.length;
  } finally {
    cryptoki.C_CloseSession(session);
  }
}
