import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CodedError } from '@cinnabar/core';
import type { NewSlotRequest, SlotTicket } from '@cinnabar/custody';
import { isTestSignature, testSignatureRequest } from '@cinnabar/testing';
import { CodeSweeper } from '../otp/code-sweeper.ts';
import { PostgresAttemptLedger } from './postgres-attempt-ledger.ts';
import { PostgresCodeLedger } from './postgres-code-ledger.ts';
import { LIMITS, OWNER_PIN, SlotsOverNodes } from './slots-over-nodes.fixture.ts';
import { resetTries } from './tries-reset.ts';

const DELEGATE_PIN = 'bob was here';
const ADDRESS = 'ana@example.test';

describe('key slots of two nodes on one database and one token', () => {
  let world: SlotsOverNodes;
  let owner: SlotTicket;

  beforeAll(async () => {
    world = await SlotsOverNodes.open();
  }, 60_000);
  beforeEach(async () => {
    owner = await world.owner();
  });
  afterAll(() => world.close());

  /** Runs work at once, in turns over both nodes, and counts the outcomes. */
  async function outcomesOf(count: number, work: (node: 0 | 1, index: number) => Promise<unknown>) {
    const running = Array.from({ length: count }, (_, index) => work(index % 2 === 0 ? 0 : 1, index));
    const outcomes: Record<string, number> = {};
    for (const result of await Promise.allSettled(running)) {
      const reason: unknown = result.status === 'fulfilled' ? undefined : result.reason;
      const outcome = reason === undefined ? 'done' : CodedError.is(reason) ? reason.code : 'unexpected';
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    return outcomes;
  }

  describe('a delegate', () => {
    const delegate = async (limits: Partial<NewSlotRequest> = {}): Promise<SlotTicket> =>
      world.store(
        await world.nodes[0].addSlot(owner, OWNER_PIN, {
          ...{ kind: 'delegate', holder: 'bob', secret: DELEGATE_PIN, delegation: 'D1' },
          ...limits,
        }),
      );

    it('signs with a PIN of his own', async () => {
      const bob = await delegate();
      const request = testSignatureRequest(world.key);
      expect(isTestSignature(world.key, await world.nodes[1].sign(bob, DELEGATE_PIN, request))).toBe(true);
      await expect(world.nodes[1].sign(bob, OWNER_PIN, request)).rejects.toMatchObject({ code: 'wrong-pin' });
    });

    it('who guesses over both nodes locks himself and not the owner, and an unlock gives back his tries and the owner’s', async () => {
      const bob = await delegate();
      const guesses = await outcomesOf(40, (node, index) => world.nodes[node].opens(bob, `guess-${index}`));
      expect(guesses).toEqual({ 'wrong-pin': LIMITS.triesInRow - 1, 'pin-locked': 40 - LIMITS.triesInRow + 1 });
      expect([await world.ticket(bob.slotId), await world.ticket(owner.slotId)]).toMatchObject([
        { locked: true },
        { locked: false },
      ]);
      for (const node of world.nodes) await node.opens(owner, OWNER_PIN);
      await expect(world.nodes[1].opens(bob, DELEGATE_PIN)).rejects.toMatchObject({ code: 'pin-locked' });

      await outcomesOf(LIMITS.triesInRow, (node, index) => world.nodes[node].opens(owner, `guess-${index}`));
      await resetTries(world.dataSources[0], owner.certid);
      await world.nodes[1].opens(await world.ticket(bob.slotId), DELEGATE_PIN);
      await world.nodes[0].opens(await world.ticket(owner.slotId), OWNER_PIN);
    });

    it('is not locked by an owner who guesses', async () => {
      const bob = await delegate();
      await outcomesOf(LIMITS.triesInRow, (node, index) => world.nodes[node].opens(owner, `guess-${index}`));
      await world.nodes[1].opens(bob, DELEGATE_PIN);
    });

    it('signs within his dates only, also where a database writer prolongs them', async () => {
      const validToAt = new Date(world.clock.now().getTime() + 60_000);
      const bob = await delegate({ validToAt });
      await world.nodes[0].opens(bob, DELEGATE_PIN);
      world.clock.advance(60_001);
      for (const node of world.nodes) {
        await expect(node.opens(bob, DELEGATE_PIN)).rejects.toMatchObject({ code: 'not-authorised' });
      }
      await world.dataSources[0].query("UPDATE key_slot SET valid_to = '2100-01-01' WHERE slot_id = $1", [bob.slotId]);
      await expect(world.nodes[1].opens(bob, DELEGATE_PIN)).rejects.toMatchObject({ code: 'wrong-pin' });
    });

    it('takes no operation that he was not given out of the database', async () => {
      const bob = await delegate({ operations: ['Sign/Hash'] });
      await world.dataSources[0].query("UPDATE key_slot SET operations = '{}' WHERE slot_id = $1", [bob.slotId]);
      await expect(world.nodes[1].opens(bob, DELEGATE_PIN)).rejects.toMatchObject({ code: 'wrong-pin' });
    });

    it('makes no slot for anybody, codes least of all', async () => {
      const bob = await delegate();
      const [node] = world.nodes;
      for (const making of [
        node.addCodeSlot(bob, DELEGATE_PIN, { holder: 'bob', destination: 'bob@example.test' }),
        node.addSlot(bob, DELEGATE_PIN, { kind: 'delegate', holder: 'carl', secret: 'carl-pin' }),
        node.addSlot(bob, DELEGATE_PIN, { kind: 'pin', holder: 'bob', secret: 'mine now' }),
      ]) {
        await expect(making).rejects.toMatchObject({ code: 'not-authorised' });
      }
    });
  });

  describe('a one-time code', () => {
    let slot: SlotTicket;

    beforeEach(async () => {
      const { holder, destination } = { holder: 'ana', destination: ADDRESS };
      slot = await world.store(await world.nodes[0].addCodeSlot(owner, OWNER_PIN, { holder, destination }));
    });

    const newCode = async (count = 1, caller = 'ana'): Promise<string> =>
      (await world.nodes[0].requestCode(slot, { destination: ADDRESS, caller, count })).code;
    const sign = (code: string, node: 0 | 1 = 0, caller = 'ana') =>
      world.nodes[node].signWithCode(slot, code, caller, testSignatureRequest(world.key));
    const rowsOf = () =>
      world.dataSources[0].query<Record<string, unknown>[]>('SELECT * FROM one_time_code WHERE slot_id = $1', [
        slot.slotId,
      ]);

    it('signs on either node, as often as it is good for', async () => {
      const code = await newCode(2);
      expect(isTestSignature(world.key, await sign(code, 1))).toBe(true);
      await sign(code, 0);
      for (const node of [0, 1] as const) {
        await expect(sign(code, node)).rejects.toMatchObject({ code: 'refused-in-state' });
      }
    });

    it.each([1, 7])('has its last use of %i taken once, by forty at once over both nodes', async (uses) => {
      const code = await newCode(uses);
      expect(await outcomesOf(40, (node) => sign(code, node))).toEqual({ done: uses, 'refused-in-state': 40 - uses });
      expect((await world.ticket(slot.slotId)).locked).toBe(false);
    });

    it('is guessed at five times by forty at once over both nodes; then the right one does not open either', async () => {
      const code = await newCode();
      const wrong = (index: number) => String((Number(code) + 1 + index) % 1e6).padStart(6, '0');
      const outcomes = await outcomesOf(40, (node, index) => sign(index === 39 ? code : wrong(index), node));
      expect(outcomes['done']).toBeUndefined();
      expect(outcomes['wrong-pin']).toBe(LIMITS.triesInRow - 1);
      expect(await rowsOf()).toMatchObject([{ tries_left: 0, uses_left: 1 }]);
      slot = await world.ticket(slot.slotId);
      for (const node of [0, 1] as const) await expect(sign(code, node)).rejects.toMatchObject({ code: 'pin-locked' });
      await world.nodes[1].opens(owner, OWNER_PIN);
    });

    it('is in no column of its row, neither as text nor as bytes nor hashed', async () => {
      const code = await newCode();
      const [row] = await rowsOf();
      const { digests, salt, sealed_data_key: sealed, ...texts } = row ?? {};
      expect(digests).toBeNull();
      // What is random or sealed may hold any six digits by chance; the rest may not, whatever they are.
      expect([salt, sealed]).toEqual([expect.any(Buffer), expect.any(Buffer)]);
      expect(JSON.stringify({ ...texts, code_id: undefined, slot_id: undefined })).not.toContain(code);
    });

    it('is one for each caller: a new one withdraws the former, and nobody else’s', async () => {
      const former = await newCode();
      const other = await newCode(1, 'portal');
      const newest = await newCode();
      expect(await rowsOf()).toHaveLength(2);
      if (former !== newest) await expect(sign(former)).rejects.toMatchObject({ code: 'wrong-pin' });
      if (other !== newest) await expect(sign(other)).rejects.toMatchObject({ code: 'wrong-pin' });
      await sign(other, 1, 'portal');
      await sign(newest, 1);
    });

    it('is gone with its slot', async () => {
      const code = await newCode();
      await world.dataSources[1].query('DELETE FROM key_slot WHERE slot_id = $1', [slot.slotId]);
      await expect(sign(code)).rejects.toMatchObject({ code: 'not-found' });
      expect(await rowsOf()).toEqual([]);
    });

    it('is swept away when it has ended, and not before', async () => {
      await newCode(1, 'portal');
      world.clock.advance(4 * 60_000);
      const later = await newCode();
      const sweeper = new CodeSweeper(world.dataSources[1], world.clock);
      await sweeper.removeEnded();
      expect(await rowsOf()).toHaveLength(2);
      world.clock.advance(60_000);
      await sweeper.removeEnded();
      expect(await rowsOf()).toMatchObject([{ caller: 'ana' }]);
      await sign(later);
    });

    it('opens nothing while its slot is suspended', async () => {
      const code = await newCode();
      await world.dataSources[0].query('UPDATE key_slot SET suspended_at = now() WHERE slot_id = $1', [slot.slotId]);
      await expect(sign(code)).rejects.toMatchObject({ code: 'pin-locked' });
      slot = await world.ticket(slot.slotId);
      await expect(newCode()).rejects.toMatchObject({ code: 'pin-locked' });
    });
  });

  it('each step of the ledger is one of its own: a try that is reserved is spent even if nothing follows', async () => {
    const codes = new PostgresCodeLedger(world.dataSources[0]);
    const elsewhere = new PostgresCodeLedger(world.dataSources[1]);
    const tries = new PostgresAttemptLedger(world.dataSources[0], LIMITS);
    const code = await world.nodes[0].addCodeSlot(owner, OWNER_PIN, { holder: 'ana', destination: ADDRESS });
    const { slotId } = await world.store(code);
    const record = {
      ...{ codeId: 'c1', certid: owner.certid, keyVersion: 1, slotId, slotVersion: 1, caller: 'ana', count: 1 },
      ...{ digests: ['aa'], expiresAt: new Date(Date.UTC(2026, 5, 1, 1, 2, 3, 456)), hmacKeyVersion: 1 },
      ...{ salt: Buffer.from('salt'), sealedDataKey: Buffer.from('sealed') },
    };
    await codes.put(record, 2);
    expect(await elsewhere.reserve(slotId, 'ana')).toEqual({ granted: true, code: record, triesLeft: 1 });
    expect(await codes.reserve(slotId, 'bob')).toEqual({ granted: false });
    await elsewhere.cancel('c1');
    expect(await codes.reserve(slotId, 'ana')).toMatchObject({ triesLeft: 1 });
    expect(await codes.reserve(slotId, 'ana')).toMatchObject({ triesLeft: 0 });
    expect(await elsewhere.reserve(slotId, 'ana')).toEqual({ granted: false });
    expect([await codes.use('c1'), await elsewhere.use('c1')]).toEqual([true, false]);
    expect(await codes.reserve(slotId, 'ana')).toEqual({ granted: false });
    expect(await tries.reserve(slotId)).toMatchObject({ granted: true });
    await world.dataSources[0].query('DELETE FROM key_slot WHERE slot_id = $1', [slotId]);
    await expect(elsewhere.put(record, 2)).rejects.toMatchObject({ code: 'refused-in-state' });
  });
});
