import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createKeyPair,
  createSoftHsm,
  isTestSignature,
  TestCustodyWorld,
  testSignatureRequest,
  type TestSoftHsm,
} from '@cinnabar/testing';
import type { KeyCustody, SlotTicket } from '../index.ts';
import { createNextHmacKey, createNextKeyEncryptionKey, destroyRootKey, listRootKeys } from './index.ts';

const PIN = 'long live the KEK';
const KEYS = [createKeyPair('rsa-2048'), createKeyPair('prime256v1'), createKeyPair('secp521r1')] as const;
const [, key] = KEYS;

describe('the life of a KEK', () => {
  let world: TestCustodyWorld;
  let softHsm: TestSoftHsm;
  let node: KeyCustody;
  let other: KeyCustody;

  beforeEach(async () => {
    world = new TestCustodyWorld();
    softHsm = await createSoftHsm();
    node = await world.openNode(softHsm);
    other = await world.openNode(softHsm);
  });
  afterEach(async () => {
    await world.close();
    await softHsm.dispose();
  });

  function kekOf({ certid }: SlotTicket): number | undefined {
    return world.slotStore.keys.get(certid)?.kekVersion;
  }

  async function labels(): Promise<string[]> {
    return (await listRootKeys(softHsm)).map(({ label }) => label);
  }

  async function nextKek(): Promise<void> {
    await createNextKeyEncryptionKey(softHsm);
    await node.refreshRootKeys();
  }

  it('ends without the loss of a key: keys of all types move at their next unlock, and every slot goes on opening them', async () => {
    const tickets = await Promise.all(KEYS.map((each) => world.protect(node, each, PIN)));
    const delegates: SlotTicket[] = [];
    for (const ticket of tickets) {
      const slot = await node.addSlot(ticket, PIN, { kind: 'delegate', holder: 'bob', secret: 'bob-pin' });
      delegates.push(world.slotStore.put(slot));
    }
    await nextKek();
    for (const ticket of tickets) await node.opens(ticket, PIN);
    expect(tickets.map(kekOf)).toEqual([2, 2, 2]);
    expect(tickets.map((ticket) => world.ticket(ticket))).toEqual(tickets);
    await destroyRootKey(softHsm, 'kek', 1);
    await node.clear();
    // The other node has not heard of the new KEK and finds it by itself.
    for (const custody of [node, other]) {
      for (const [index, pair] of KEYS.entries()) {
        const [owner, delegate] = [tickets[index], delegates[index]] as [SlotTicket, SlotTicket];
        expect(isTestSignature(pair, await custody.sign(owner, PIN, testSignatureRequest(pair)))).toBe(true);
        expect(isTestSignature(pair, await custody.sign(delegate, 'bob-pin', testSignatureRequest(pair)))).toBe(true);
      }
    }
    expect(world.keyMover.failures).toEqual([]);
  });

  it('is shown and ended by its number, the newest and unknown ones excepted', async () => {
    await nextKek();
    expect(await labels()).toEqual(['cinnabar-kek-1', 'cinnabar-kek-2', 'cinnabar-slot-hmac-1']);
    await expect(destroyRootKey(softHsm, 'kek', 2)).rejects.toMatchObject({ code: 'refused-in-state' });
    await expect(destroyRootKey(softHsm, 'kek', 7)).rejects.toMatchObject({ code: 'not-found' });
    await destroyRootKey(softHsm, 'kek', 1);
    expect(await labels()).toEqual(['cinnabar-kek-2', 'cinnabar-slot-hmac-1']);
  });

  it('never gets a number twice, though the token may have forgotten it', async () => {
    expect(await createNextKeyEncryptionKey(softHsm, 6)).toBe('cinnabar-kek-7');
    expect(await createNextKeyEncryptionKey(softHsm, 3)).toBe('cinnabar-kek-8');
  });

  it('is told from another key of its number by a check value, which stays', async () => {
    const before = await listRootKeys(softHsm);
    const values = before.map(({ checkValue }) => Buffer.from(checkValue ?? []).toString('hex'));
    expect(values.map((value) => value.length)).toEqual([32, 32]);
    expect(await listRootKeys(softHsm)).toEqual(before);
    await world.close();
    const elsewhere = await createSoftHsm();
    try {
      const others = (await listRootKeys(elsewhere)).map(({ checkValue }) => checkValue);
      for (const [index, { checkValue }] of before.entries()) expect(others[index]).not.toEqual(checkValue);
    } finally {
      await elsewhere.dispose();
    }
  });

  it('takes with it what was left under it, and nothing else', async () => {
    const left = await world.protect(node, key, PIN);
    await nextKek();
    const young = await world.protect(node, key, PIN);
    expect([left, young].map(kekOf)).toEqual([1, 2]);
    await destroyRootKey(softHsm, 'kek', 1);
    await expect(node.opens(left, PIN)).rejects.toMatchObject({ code: 'internal' });
    await node.opens(young, PIN);
    expect(node.health().hsm).toBe('ready');
  });

  it('is one thing, that of an HMAC key another: a new PIN is sealed by the newest, also for a node that has not heard of it', async () => {
    const ticket = await world.protect(node, key, PIN);
    const hmacOf = () => world.slotStore.slots.get(ticket.slotId)?.kdf.hmacKeyVersion;
    expect(await createNextHmacKey(softHsm)).toBe('cinnabar-slot-hmac-2');
    await node.refreshRootKeys();
    await node.opens(ticket, PIN);
    expect(hmacOf()).toBe(1);
    const changed = world.slotStore.put(await node.changePin(ticket, PIN, 'another one'));
    expect(hmacOf()).toBe(2);
    await destroyRootKey(softHsm, 'hmac', 1);
    for (const custody of [node, other]) {
      await custody.clear();
      expect(isTestSignature(key, await custody.sign(changed, 'another one', testSignatureRequest(key)))).toBe(true);
    }
  });

  it('changes under load: every signature asked for is made, over both nodes', async () => {
    const tickets = await Promise.all(Array.from({ length: 12 }, () => world.protect(node, key, PIN)));
    const request = testSignatureRequest(key);
    const load = tickets.flatMap((ticket) =>
      [node, other].map(async (custody) => {
        for (let turn = 0; turn < 10; turn += 1) {
          if (turn % 3 === 0) await custody.evict(ticket.certid);
          expect(isTestSignature(key, await custody.sign(ticket, PIN, request))).toBe(true);
        }
      }),
    );
    await nextKek();
    await Promise.all(load);
    for (const ticket of tickets) {
      await node.evict(ticket.certid);
      await node.opens(ticket, PIN);
    }
    expect(new Set(tickets.map(kekOf))).toEqual(new Set([2]));
    expect(world.keyMover.failures).toEqual([]);
  }, 60_000);

  it('does not depend on the store: a move that cannot be kept is told, and the key opens all the same', async () => {
    const ticket = await world.protect(node, key, PIN);
    await nextKek();
    const store = world.keyMover.store.bind(world.keyMover);
    world.keyMover.store = () => Promise.reject(new Error('the database is away'));
    await node.opens(ticket, PIN);
    expect(kekOf(ticket)).toBe(1);
    expect(world.keyMover.failures).toEqual([new Error('the database is away')]);
    world.keyMover.store = store;
    await node.clear();
    await node.opens(ticket, PIN);
    expect(kekOf(ticket)).toBe(2);
  });
});
