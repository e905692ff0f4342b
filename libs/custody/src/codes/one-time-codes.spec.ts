import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { CodedError } from '@cinnabar/core';
import {
  createKeyPair,
  createSoftHsm,
  isTestSignature,
  TestCustodyWorld,
  testSignatureRequest,
  type TestSoftHsm,
} from '@cinnabar/testing';
import type { CodeRequest, KeyCustody, KeySlot, OneTimeCode, SlotTicket } from '../index.ts';

const PIN = 'the owner alone';
const ADDRESS = 'alice@example.org';
const CALLER = 'alice via portal';
const TRIES = 5;
const key = createKeyPair('prime256v1');
const request = testSignatureRequest(key);

// Two nodes on one token and one ledger; the attacks come over both.
describe('one-time codes', () => {
  const world = new TestCustodyWorld();
  const { codeLedger, ledger, slotStore } = world;
  let softHsm: TestSoftHsm;
  let nodes: readonly [KeyCustody, KeyCustody];
  let owner: SlotTicket;
  let ticket: SlotTicket;

  beforeAll(async () => {
    softHsm = await createSoftHsm();
    nodes = [await world.openNode(softHsm), await world.openNode(softHsm)];
  });
  beforeEach(async () => {
    owner = await world.protect(nodes[0], key, PIN);
    ticket = slotStore.put(await nodes[0].addCodeSlot(owner, PIN, { holder: 'alice', destination: ADDRESS }));
  });
  afterAll(async () => {
    await world.close();
    await softHsm.dispose();
  });

  async function newCode(changes: Partial<CodeRequest> = {}): Promise<string> {
    const asked = { destination: ADDRESS, caller: CALLER, count: 1, ...changes };
    return (await nodes[0].requestCode(ticket, asked)).code;
  }

  function sign(code: string, { node = nodes[0], caller = CALLER, signed = request } = {}): Promise<Uint8Array> {
    return node.signWithCode(ticket, code, caller, signed);
  }

  function wrongCodes(right: string, count: number): string[] {
    return Array.from({ length: count }, (_, index) => String((Number(right) + index + 1) % 1e6).padStart(6, '0'));
  }

  /** Sends codes at once, in turns over both nodes, and counts the outcomes. */
  async function send(codes: readonly string[]): Promise<Record<string, number>> {
    const sent = codes.map((code, index) => sign(code, { node: nodes[index % 2 === 0 ? 0 : 1] }));
    const outcomes: Record<string, number> = {};
    for (const result of await Promise.allSettled(sent)) {
      const reason: unknown = result.status === 'fulfilled' ? undefined : result.reason;
      const outcome = reason === undefined ? 'signed' : CodedError.is(reason) ? reason.code : 'unexpected';
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    return outcomes;
  }

  function changeRecord(changes: Partial<OneTimeCode>): void {
    for (const entry of codeLedger.entries.values()) {
      if (entry.code.slotId === ticket.slotId) entry.code = { ...entry.code, ...changes };
    }
  }

  it('sign once, without a PIN, and leave no unlocked key behind', async () => {
    const code = await newCode();
    expect(code).toMatch(/^\d{6}$/);
    expect(isTestSignature(key, await sign(code, { node: nodes[1] }))).toBe(true);
    expect(nodes.map((node) => node.health().unlockedKeys)).toEqual([0, 0]);
  });

  it('are not good twice', async () => {
    const code = await newCode();
    await sign(code);
    for (const node of nodes) await expect(sign(code, { node })).rejects.toMatchObject({ code: 'refused-in-state' });
  });

  it('are good for as many signatures as were asked for, also when all come at once over two nodes', async () => {
    const code = await newCode({ count: 12 });
    expect(await send(Array<string>(40).fill(code))).toEqual({ signed: 12, 'refused-in-state': 28 });
    expect(ledger.isLocked(ticket.slotId)).toBe(false);
  });

  it('cannot be guessed: of forty wrong ones at once five are looked at, and the right one last does not open', async () => {
    const code = await newCode();
    const before = codeLedger.granted;
    const outcomes = await send([...wrongCodes(code, 39), code]);
    expect(outcomes['signed']).toBeUndefined();
    expect(outcomes['wrong-pin']).toBe(TRIES - 1);
    expect(codeLedger.granted - before).toBe(TRIES);
    await expect(sign(code)).rejects.toMatchObject({ code: 'pin-locked' });
    // The owner's PIN is another slot with tries of its own.
    await nodes[0].opens(owner, PIN);
  });

  it('cannot be guessed by asking for new ones: the slot counts on', async () => {
    const first = await newCode();
    for (const code of wrongCodes(first, 3)) await expect(sign(code)).rejects.toMatchObject({ code: 'wrong-pin' });
    const second = await newCode();
    const [guess, another] = wrongCodes(second, 2) as [string, string];
    await expect(sign(guess)).rejects.toThrow('wrong code, 1 try left');
    await expect(sign(another)).rejects.toMatchObject({ code: 'pin-locked' });
    await expect(newCode().then((code) => sign(code))).rejects.toMatchObject({ code: 'pin-locked' });
  });

  it('sign the very digests that were named, and no other', async () => {
    const code = await newCode({ count: 2, digests: [request.digest] });
    const other = { ...request, digest: randomBytes(32) };
    await expect(sign(code, { signed: other })).rejects.toMatchObject({ code: 'not-authorised' });
    expect(isTestSignature(key, await sign(code))).toBe(true);
  });

  it('are for the caller who asked', async () => {
    const code = await newCode();
    await expect(sign(code, { caller: 'mallory' })).rejects.toMatchObject({ code: 'refused-in-state' });
    await sign(code);
  });

  it('end after five minutes, and when a new one is made', async () => {
    const former = await newCode();
    const code = await newCode();
    if (former !== code) await expect(sign(former)).rejects.toMatchObject({ code: 'wrong-pin' });
    world.clock.advance(5 * 60_000);
    await expect(sign(code)).rejects.toMatchObject({ code: 'refused-in-state' });
  });

  it.each([
    ['more signatures', { count: 1_000 }],
    ['a later end', { expiresAt: new Date(Date.UTC(2030, 0)) }],
    ['another version of the code', { codeId: '00' }],
  ])('do not open for a database writer who gives them %s', async (_what, changes) => {
    const code = await newCode();
    changeRecord(changes);
    await expect(sign(code)).rejects.toMatchObject({ code: 'wrong-pin' });
  });

  it('do not sign other digests for a database writer who takes the list away', async () => {
    const code = await newCode({ digests: [randomBytes(32)] });
    changeRecord({ digests: [Buffer.from(request.digest).toString('hex')] });
    await expect(sign(code)).rejects.toMatchObject({ code: 'wrong-pin' });
  });

  it('are not made for an address that the owner did not confirm with his PIN', async () => {
    const before = codeLedger.entries.size;
    await expect(newCode({ destination: 'mallory@example.org' })).rejects.toMatchObject({ code: 'refused-in-state' });
    expect(codeLedger.entries.size).toBe(before);
    const confirmed = { holder: 'alice', destination: 'alice@new.example.org' };
    ticket = slotStore.put(await nodes[0].addCodeSlot(owner, PIN, confirmed));
    await sign(await newCode({ destination: 'alice@new.example.org' }));
  });

  it("do not come from another key's slot, nor from one that a database writer calls a code slot", async () => {
    const other = await world.protect(nodes[0], key, PIN);
    const slots = slotStore.slots;
    const codeSlot = slots.get(ticket.slotId) as KeySlot;
    slots.set(ticket.slotId, { ...codeSlot, certid: other.certid });
    ticket = { ...ticket, certid: other.certid };
    await expect(newCode()).rejects.toMatchObject({ code: 'refused-in-state' });
    slots.set(owner.slotId, { ...(slots.get(owner.slotId) as KeySlot), kind: 'code' });
    ticket = owner;
    await expect(newCode()).rejects.toMatchObject({ code: 'refused-in-state' });
  });

  it('are not a way around the PIN: a code slot opens for no PIN, and a PIN slot for no code', async () => {
    const code = await newCode();
    for (const secret of [PIN, code, 'x']) {
      await expect(nodes[0].opens(ticket, secret)).rejects.toMatchObject({ code: 'internal' });
    }
    ticket = owner;
    await expect(sign(code)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('release no signature that was overtaken by an eviction', async () => {
    const code = await newCode();
    const signing = sign(code);
    const outcome = signing.then(
      () => 'signed',
      (error: unknown) => (error as CodedError).publicDetail,
    );
    await nodes[0].evict(ticket.certid);
    expect(await outcome).toBe('the certificate was changed meanwhile');
  });

  it('are not for a delegate to set up', async () => {
    const slot = await nodes[0].addSlot(owner, PIN, { kind: 'delegate', holder: 'bob', secret: 'bob-pin' });
    const bob = slotStore.put(slot);
    const asked = { holder: 'bob', destination: 'bob@example.org' };
    await expect(nodes[0].addCodeSlot(bob, 'bob-pin', asked)).rejects.toMatchObject({ code: 'not-authorised' });
  });

  it.each([
    ['no signature', { count: 0 }],
    ['a thousand and one signatures', { count: 1_001 }],
    ['one signature and a half', { count: 1.5 }],
    ['no digest of many', { digests: [] }],
    ['a digest longer than any', { digests: [new Uint8Array(65)] }],
    ['nobody', { caller: '' }],
    ['a caller with too long a name', { caller: 'x'.repeat(257) }],
  ])('are refused for %s', async (_what, changes) => {
    await expect(newCode(changes)).rejects.toMatchObject({ code: 'invalid-parameter' });
  });
});
