import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CodedError } from '@cinnabar/core';
import {
  createKeyPair,
  createSoftHsm,
  isTestSignature,
  TestCustodyWorld,
  testSignatureRequest,
  type TestSoftHsm,
} from '@cinnabar/testing';
import type { KeyCustody, SlotTicket } from '../index.ts';

const PIN = '9731-right';
const LIMIT = 5;
const key = createKeyPair('prime256v1');
const rsaKey = createKeyPair('rsa-2048');

// Two nodes on one token and one ledger, as in production; the attacks come over both at once.
describe('guessing a PIN', () => {
  const world = new TestCustodyWorld();
  let softHsm: TestSoftHsm;
  let nodes: readonly [KeyCustody, KeyCustody];

  beforeAll(async () => {
    softHsm = await createSoftHsm();
    nodes = [await world.openNode(softHsm), await world.openNode(softHsm)];
  });

  afterAll(async () => {
    await world.close();
    await softHsm.dispose();
  });

  /** Sends PINs at once, the first half over one node and the rest over the other, and counts the outcomes. */
  async function send(ticket: SlotTicket, pins: readonly string[]): Promise<Record<string, number>> {
    const [first, second] = nodes;
    const tries = pins.map((pin, index) => (index % 2 === 0 ? first : second).opens(ticket, pin));
    const outcomes: Record<string, number> = {};
    for (const result of await Promise.allSettled(tries)) {
      const reason: unknown = result.status === 'fulfilled' ? undefined : result.reason;
      const outcome = reason === undefined ? 'opened' : CodedError.is(reason) ? reason.code : 'unexpected';
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    return outcomes;
  }

  function wrongPins(count: number): string[] {
    return Array.from({ length: count }, (_, index) => `wrong-${index}`);
  }

  async function newSlot(): Promise<SlotTicket> {
    return world.protect(nodes[0], key, PIN);
  }

  it('forty wrong PINs at once never get more than the limit evaluated', async () => {
    const ticket = await newSlot();
    const before = world.ledger.granted;
    // The last try allowed answers "locked" itself.
    expect(await send(ticket, wrongPins(40))).toEqual({ 'wrong-pin': LIMIT - 1, 'pin-locked': 40 - LIMIT + 1 });
    expect(world.ledger.granted - before).toBe(LIMIT);
  });

  it('forty with the right one last never open', async () => {
    const ticket = await newSlot();
    const outcomes = await send(ticket, [...wrongPins(39), PIN]);
    expect(outcomes['opened']).toBeUndefined();
    await expect(nodes[0].opens(ticket, PIN)).rejects.toMatchObject({ code: 'pin-locked' });
  });

  it('forty right ones, cold, all succeed, for one try on each node', async () => {
    const ticket = await newSlot();
    const before = world.ledger.granted;
    expect(await send(ticket, Array<string>(40).fill(PIN))).toEqual({ opened: 40 });
    expect(world.ledger.granted - before).toBe(2);
    expect(world.ledger.isLocked(ticket.slotId)).toBe(false);
  });

  it('forty guesses against an unlocked key are tries like any other, also with the right one last', async () => {
    const ticket = await newSlot();
    await Promise.all(nodes.map((node) => node.opens(ticket, PIN)));
    const before = world.ledger.granted;
    const outcomes = await send(ticket, [...wrongPins(39), PIN]);
    expect(outcomes).toEqual({ 'wrong-pin': LIMIT - 1, 'pin-locked': 40 - LIMIT + 1 });
    expect(world.ledger.granted - before).toBe(LIMIT);
  });

  describe('by the short way, which counts nothing,', () => {
    const request = testSignatureRequest(rsaKey);

    async function unlockedSlot(): Promise<SlotTicket> {
      const ticket = await world.protect(nodes[0], rsaKey, PIN);
      expect(await nodes[0].signUnlocked(ticket, PIN, request)).toBeUndefined();
      await nodes[0].opens(ticket, PIN);
      return ticket;
    }

    it('only the PIN that unlocked the key signs, and no try is spent', async () => {
      const ticket = await unlockedSlot();
      const before = world.ledger.granted;
      const signature = await nodes[0].signUnlocked(ticket, PIN, request);
      expect(isTestSignature(rsaKey, signature ?? new Uint8Array())).toBe(true);
      expect(await nodes[0].signUnlocked({ ...ticket, locked: true }, PIN, request)).toBeUndefined();
      expect(await nodes[0].signUnlocked({ ...ticket, slotVersion: 2 }, PIN, request)).toBeUndefined();
      expect(world.ledger.granted).toBe(before);
    });

    it('the right PIN after a wrong one is a try like any other: guesses sent at once open nothing', async () => {
      const ticket = await unlockedSlot();
      const short = await Promise.all(
        [...wrongPins(3), PIN, PIN].map((pin) => nodes[0].signUnlocked(ticket, pin, request)),
      );
      expect(short).toEqual(short.map(() => undefined));
      const before = world.ledger.granted;
      await nodes[0].sign(ticket, PIN, request);
      expect(world.ledger.granted - before).toBe(1);
      expect(await nodes[0].signUnlocked(ticket, PIN, request)).toBeDefined();
    });

    it('a key that was evicted signs no more', async () => {
      const ticket = await unlockedSlot();
      await nodes[0].evict(ticket.certid);
      expect(await nodes[0].signUnlocked(ticket, PIN, request)).toBeUndefined();
    });
  });

  it('locked means locked for the right PIN too, also when the key is unlocked', async () => {
    const ticket = await newSlot();
    await Promise.all(nodes.map((node) => node.opens(ticket, PIN)));
    for (const pin of wrongPins(LIMIT)) await expect(nodes[0].opens(ticket, pin)).rejects.toThrow();
    // The other node still has the key unlocked; the ticket, read now, says locked.
    await expect(nodes[1].opens(world.ticket(ticket), PIN)).rejects.toMatchObject({ code: 'pin-locked' });
    // And on the node that saw the last wrong try, the key is gone whatever the ticket says.
    await expect(nodes[0].opens(ticket, PIN)).rejects.toMatchObject({ code: 'pin-locked' });
  });

  it('a cached success does not give tries back, one that passed the ledger does', async () => {
    const ticket = await newSlot();
    const [node] = nodes;
    await node.opens(ticket, PIN);
    const before = world.ledger.granted;
    await node.opens(ticket, PIN);
    expect(world.ledger.granted).toBe(before);
    await expect(node.opens(ticket, 'wrong')).rejects.toThrow('4 tries left');
    await node.opens(ticket, PIN);
    expect(world.ledger.granted).toBe(before + 2);
    await expect(node.opens(ticket, 'wrong')).rejects.toThrow('4 tries left');
  });

  it('the same wrong PIN from many at once is a try of each', async () => {
    const ticket = await newSlot();
    const answers = await Promise.allSettled(Array.from({ length: 40 }, () => nodes[0].opens(ticket, 'same')));
    const codes = answers.map((answer) =>
      answer.status === 'rejected' ? (answer.reason as { code: string }).code : 'opened',
    );
    // The fifth try locks, and says so.
    expect(codes.filter((code) => code === 'wrong-pin')).toHaveLength(4);
    expect(codes.filter((code) => code === 'pin-locked')).toHaveLength(36);
    await expect(nodes[0].opens(ticket, PIN)).rejects.toMatchObject({ code: 'pin-locked' });
  });

  it('the right PIN behind thirty-nine times the same wrong one never opens', async () => {
    const ticket = await newSlot();
    const wrong = Array.from({ length: 39 }, () => nodes[0].opens(ticket, 'same'));
    const [last] = await Promise.allSettled([nodes[0].opens(ticket, PIN), ...wrong]);
    expect(last).toMatchObject({ status: 'rejected', reason: { code: 'pin-locked' } });
  });

  it('changing the PIN is a try like any other', async () => {
    const ticket = await newSlot();
    const changes = wrongPins(8).map((pin) => nodes[0].changePin(ticket, pin, 'new-pin'));
    const outcomes = await Promise.allSettled(changes);
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    await expect(nodes[0].changePin(ticket, PIN, 'new-pin')).rejects.toMatchObject({ code: 'pin-locked' });
  });

  it('a day has a cap, whatever is given back in between', async () => {
    const ticket = await newSlot();
    for (let round = 0; round < 5; round += 1) {
      for (const pin of wrongPins(4)) await expect(nodes[0].opens(ticket, pin)).rejects.toThrow();
      if (round < 4) await nodes[0].opens(ticket, PIN);
    }
    await expect(nodes[0].opens(ticket, PIN)).rejects.toMatchObject({ code: 'pin-locked' });
    world.clock.advance(24 * 3_600_000);
    await nodes[0].opens(ticket, PIN);
  });
});

describe('under a flood of PINs', () => {
  const world = new TestCustodyWorld();
  const custody = world.openMemoryNode({ argon2QueueLimit: 3, slotQueueLimit: 4 });
  afterAll(() => world.close());

  it('turns away what does not fit in the queues, without spending a try', async () => {
    const tickets: SlotTicket[] = [];
    for (let index = 0; index < 12; index += 1) tickets.push(await world.protect(custody, key, PIN));
    const before = world.ledger.granted;
    const results = await Promise.allSettled(tickets.map((ticket) => custody.opens(ticket, 'wrong')));
    const codes = results.map((result) => (result.status === 'rejected' ? (result.reason as CodedError).code : ''));
    expect(codes.filter((code) => code === 'wrong-pin')).toHaveLength(4);
    expect(codes.filter((code) => code === 'too-many-requests')).toHaveLength(8);
    expect(world.ledger.granted - before).toBe(4);
  });

  it('bounds the line before one slot', async () => {
    const ticket = await world.protect(custody, key, PIN);
    const guesses = Array.from({ length: 10 }, (_, index) => custody.opens(ticket, `wrong-${index}`));
    const results = await Promise.allSettled(guesses);
    const codes = results.map((result) => (result.status === 'rejected' ? (result.reason as CodedError).code : ''));
    expect(codes.filter((code) => code === 'too-many-requests')).toHaveLength(6);
  });
});
