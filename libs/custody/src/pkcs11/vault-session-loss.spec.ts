import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createKeyPair,
  createSoftHsm,
  isTestSignature,
  TestCustodyWorld,
  testSignatureRequest,
  type TestKeyPair,
  type TestSoftHsm,
} from '@cinnabar/testing';
import type { KeyCustody, SlotTicket } from '../index.ts';
import { closeSession } from './close-session.fixture.ts';

const KEYS = 200;
const CLIENTS = 48;
const THREADS = 4;
const ROUNDS = 4;
const PIN = 'two hundred';
/** What a caller may hear meanwhile; it comes back by itself. */
const DOCUMENTED = 'hsm-not-available';

interface Held {
  readonly pair: TestKeyPair;
  readonly ticket: SlotTicket;
  /** Right signatures since the session was closed last. */
  signed: number;
}

describe('a vault of many keys under load, whose session is closed', () => {
  const world = new TestCustodyWorld();
  let softHsm: TestSoftHsm;
  let custody: KeyCustody;
  const held: Held[] = [];
  const outcomes = new Map<string, number>();

  beforeAll(async () => {
    softHsm = await createSoftHsm();
    custody = await world.openNode(
      { ...softHsm, signingThreads: THREADS, signingSessions: 2 * THREADS },
      { slotCost: { memoryKib: 8, passes: 1, parallelism: 1 } },
    );
    // Each its own key: a signature of another one would not verify.
    for (let index = 0; index < KEYS; index += 1) {
      const pair = createKeyPair('prime256v1');
      held.push({ pair, ticket: await world.protect(custody, pair, PIN), signed: 0 });
    }
  }, 120_000);
  afterAll(async () => {
    await world.close();
    await softHsm.dispose();
  }, 60_000);

  async function sign(each: Held): Promise<void> {
    const outcome = await custody.sign(each.ticket, PIN, testSignatureRequest(each.pair)).then(
      (signature) => (isTestSignature(each.pair, signature) ? 'signed' : 'WRONG'),
      (error: unknown) => (error as { code?: string }).code ?? String(error),
    );
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (outcome === 'signed') each.signed += 1;
  }

  it('goes on: no wrong signature, nobody stuck, and every key is unlocked cold again', async () => {
    for (const { ticket } of held) await custody.opens(ticket, PIN);
    expect(custody.health().unlockedKeys).toBe(KEYS);
    const load = new AbortController();
    const clients = Array.from({ length: CLIENTS }, async (_, client) => {
      for (let at = client; !load.signal.aborted; at += 7) await sign(held[at % KEYS] as Held);
    });
    for (let round = 0; round < ROUNDS; round += 1) {
      await until(() => held.every(({ signed }) => signed > 0));
      const loads = world.slotStore.loads;
      for (const each of held) each.signed = 0;
      // Opened right after the first session of all, and later as the newest one.
      closeSession(softHsm.modulePath, round === 0 ? 1 : -1);
      // All of them cold, as none outlives the session that it was unlocked in; until then the test waits.
      const areBack = () => world.slotStore.loads - loads >= KEYS && custody.health().unlockedKeys === KEYS;
      await until(() => areBack() && held.every(({ signed }) => signed > 0));
      expect(custody.health().hsm).toBe('ready');
    }
    load.abort();
    await Promise.all(clients);
    expect([...outcomes.keys()].filter((outcome) => outcome !== 'signed' && outcome !== DOCUMENTED)).toEqual([]);
    // A right PIN was right in every round: no try is missing.
    for (const { ticket } of held) expect(world.ledger.isLocked(ticket.slotId)).toBe(false);
    const [first] = held as [Held];
    await custody.clear();
    await expect(custody.opens(first.ticket, 'wrong')).rejects.toThrow('4 tries left');
    for (const { ticket } of held) await custody.opens(ticket, PIN);
    expect(custody.health()).toMatchObject({ hsm: 'ready', unlockedKeys: KEYS, waitingTries: 0 });
  }, 240_000);
});

/** Waited for, not timed: the test's own limit ends it. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}
