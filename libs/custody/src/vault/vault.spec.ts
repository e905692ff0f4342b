import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createKeyPair, isTestSignature, TestCustodyWorld, testSignatureRequest } from '@cinnabar/testing';
import type { KeyCustody, SlotTicket } from '../index.ts';
import { Vault } from './vault.ts';

const PIN = 'open sesame';
const MINUTE_MS = 60_000;
const key = createKeyPair('prime256v1');

describe('unlocked keys', () => {
  let world: TestCustodyWorld;
  let custody: KeyCustody;

  beforeEach(() => {
    world = new TestCustodyWorld();
    custody = world.openMemoryNode({
      slotCost: { memoryKib: 64, passes: 1, parallelism: 1 },
      vault: { maximumKeys: 3 },
    });
  });
  afterEach(() => world.close());

  /** Did this use have to load the slot? */
  async function isCold(ticket: SlotTicket): Promise<boolean> {
    const before = world.slotStore.loads;
    await custody.opens(ticket, PIN);
    return world.slotStore.loads > before;
  }

  it('need no query while they are warm', async () => {
    const ticket = await world.protect(custody, key, PIN);
    expect(await isCold(ticket)).toBe(true);
    expect(await isCold(ticket)).toBe(false);
  });

  it('go after five idle minutes', async () => {
    const ticket = await world.protect(custody, key, PIN);
    await custody.opens(ticket, PIN);
    world.clock.advance(5 * MINUTE_MS - 1);
    expect(await isCold(ticket)).toBe(false);
    world.clock.advance(5 * MINUTE_MS);
    expect(await isCold(ticket)).toBe(true);
  });

  it('go after an hour, however busy', async () => {
    const ticket = await world.protect(custody, key, PIN);
    await custody.opens(ticket, PIN);
    for (let minute = 0; minute < 56; minute += 4) {
      world.clock.advance(4 * MINUTE_MS);
      expect(await isCold(ticket)).toBe(false);
    }
    world.clock.advance(4 * MINUTE_MS);
    expect(await isCold(ticket)).toBe(true);
  });

  it('are bounded in number: the one used longest ago goes', async () => {
    const tickets: SlotTicket[] = [];
    for (let index = 0; index < 4; index += 1) tickets.push(await world.protect(custody, key, PIN));
    const [first, second, third, fourth] = tickets as [SlotTicket, SlotTicket, SlotTicket, SlotTicket];
    for (const ticket of [first, second, third, first, fourth]) await custody.opens(ticket, PIN);
    expect(custody.health().unlockedKeys).toBe(3);
    expect(await isCold(first)).toBe(false);
    expect(await isCold(fourth)).toBe(false);
    expect(await isCold(second)).toBe(true);
  });

  it('go when they are evicted or all are cleared', async () => {
    const ticket = await world.protect(custody, key, PIN);
    const other = await world.protect(custody, key, PIN);
    await custody.opens(ticket, PIN);
    await custody.opens(other, PIN);
    await custody.evict(ticket.certid);
    expect(await isCold(other)).toBe(false);
    expect(await isCold(ticket)).toBe(true);
    await custody.clear();
    expect(custody.health().unlockedKeys).toBe(0);
  });

  // Held there, since an unlock that is let run may be over before an eviction that is meant to come in its middle.
  it.each(['before the try is counted', 'when the PIN was found right'] as const)(
    'are never used when they are evicted while they are being unlocked: %s',
    async (where) => {
      const ticket = await world.protect(custody, key, PIN);
      const { reached, goOn } = holdUnlockAt(where === 'before the try is counted' ? 'reserve' : 'giveBack');
      const opening = custody.opens(ticket, PIN);
      await reached;
      await custody.evict(ticket.certid);
      goOn();
      await expect(opening).rejects.toMatchObject({ code: 'refused-in-state' });
      expect(custody.health().unlockedKeys).toBe(0);
      expect(world.ledger.isLocked(ticket.slotId)).toBe(false);
    },
  );

  /** Stops the next unlock at this step of its try, until it is let go on. */
  function holdUnlockAt(step: 'reserve' | 'giveBack') {
    const [reached, held] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const { ledger } = world;
    const real = ledger[step].bind(ledger) as (slotId: string) => Promise<never>;
    ledger[step] = async (slotId: string): Promise<never> => {
      reached.resolve(undefined);
      await held.promise;
      return real(slotId);
    };
    return { reached: reached.promise, goOn: () => held.resolve(undefined) };
  }

  it('are of one version: a ticket of another does not find them', async () => {
    const ticket = await world.protect(custody, key, PIN);
    await custody.opens(ticket, PIN);
    const changed = world.slotStore.put(await custody.changePin(ticket, PIN, 'other pin'));
    await expect(custody.opens(changed, PIN)).rejects.toMatchObject({ code: 'wrong-pin' });
  });

  it('serve sixteen at a time', async () => {
    const ticket = await world.protect(custody, key, PIN);
    const request = testSignatureRequest(key);
    const signatures = await Promise.all(Array.from({ length: 64 }, () => custody.sign(ticket, PIN, request)));
    expect(signatures.every((signature) => isTestSignature(key, signature))).toBe(true);
  });
});

describe('Vault', () => {
  const limits = { maximumKeys: 2, idleTtlMs: 1_000, absoluteTtlMs: 10_000 };
  const slot = {
    certid: 'C',
    keyVersion: 1,
    slotId: 'S',
    slotVersion: 1,
    kind: 'pin',
    holder: 'h',
    operations: [],
  } as const;
  const tokenKey = { keyType: 'RSA' } as const;

  function filled() {
    const world = new TestCustodyWorld();
    const destroyed: unknown[] = [];
    const vault = new Vault(world.clock, limits, (each) => Promise.resolve(void destroyed.push(each)));
    const unlocked = vault.put(vault.beginUnlock('C'), slot, tokenKey, Buffer.alloc(32, 1));
    return { world, destroyed, vault, unlocked };
  }

  it('destroys a key only when the last signature with it is done, and eviction waits for that', async () => {
    const { vault, unlocked, destroyed } = filled();
    const [first, second] = [unlocked.hold(), unlocked.hold()];
    let evicted = false;
    const eviction = vault.evict('C').then(() => (evicted = true));
    first();
    first();
    await new Promise(setImmediate);
    expect([evicted, destroyed]).toEqual([false, []]);
    expect(vault.size).toBe(0);
    second();
    await eviction;
    expect(destroyed).toEqual([tokenKey]);
  });

  it('an eviction also waits for a key that was on its way out already', async () => {
    const { vault, unlocked, destroyed } = filled();
    const release = unlocked.hold();
    vault.evictSlot('S');
    const eviction = vault.evict('C');
    await new Promise(setImmediate);
    expect(destroyed).toEqual([]);
    release();
    await eviction;
    expect(destroyed).toEqual([tokenKey]);
  });

  it('sweeps what is past its time without being asked', async () => {
    const { vault, world, destroyed } = filled();
    world.clock.advance(999);
    vault.sweep();
    expect(vault.size).toBe(1);
    world.clock.advance(1);
    vault.sweep();
    await new Promise(setImmediate);
    expect([vault.size, destroyed]).toEqual([0, [tokenKey]]);
  });

  it('forgets handles that died by themselves without destroying them', async () => {
    const { vault, unlocked, destroyed } = filled();
    vault.forget();
    await new Promise(setImmediate);
    expect([vault.size, destroyed, unlocked.evicted]).toEqual([0, [], 'gone']);
  });
});
