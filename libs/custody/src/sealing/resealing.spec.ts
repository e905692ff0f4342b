import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createKeyPair,
  createSoftHsm,
  isTestSignature,
  TestCustodyWorld,
  testSignatureRequest,
  type TestSoftHsm,
} from '@cinnabar/testing';
import type { KeyCustody, KeySlot, SlotTicket } from '../index.ts';
import { createNextKeyEncryptionKey } from '../pkcs11/index.ts';

const PIN = 'for good';
const BOB_PIN = 'bob was here';
const key = createKeyPair('prime256v1');
const request = testSignatureRequest(key);

describe('a key sealed anew', () => {
  const world = new TestCustodyWorld();
  const { slotStore } = world;
  let softHsm: TestSoftHsm;
  let custody: KeyCustody;
  let owner: SlotTicket;
  let delegate: SlotTicket;
  let delegateSlot: KeySlot;

  beforeAll(async () => {
    softHsm = await createSoftHsm();
    custody = await world.openNode(softHsm);
  });
  beforeEach(async () => {
    owner = await world.protect(custody, key, PIN);
    delegateSlot = await custody.addSlot(owner, PIN, { kind: 'delegate', holder: 'bob', secret: BOB_PIN });
    delegate = slotStore.put(delegateSlot);
    await custody.opens(delegate, BOB_PIN);
  });
  afterAll(async () => {
    await world.close();
    await softHsm.dispose();
  });

  /** What the application does. */
  async function reseal(): Promise<SlotTicket> {
    const resealed = await custody.reseal(owner, PIN);
    const ticket = slotStore.add(resealed);
    slotStore.slots.delete(delegate.slotId);
    await custody.evict(owner.certid);
    return ticket;
  }

  it('opens with the same PIN, one version up, and signs', async () => {
    const ticket = await reseal();
    expect(ticket).toEqual({ ...owner, keyVersion: 2, slotVersion: 2 });
    expect(isTestSignature(key, await custody.sign(ticket, PIN, request))).toBe(true);
    await expect(custody.opens(owner, PIN)).rejects.toMatchObject({ code: 'refused-in-state' });
  });

  it('opens no more for a delegate, were he even to bring his slot back into the database', async () => {
    await reseal();
    await expect(custody.opens(delegate, BOB_PIN)).rejects.toMatchObject({ code: 'not-found' });
    slotStore.put(delegateSlot);
    await expect(custody.opens(delegate, BOB_PIN)).rejects.toMatchObject({ code: 'internal' });
    const adapted = slotStore.put({ ...delegateSlot, keyVersion: 2 });
    await expect(custody.opens(adapted, BOB_PIN)).rejects.toMatchObject({ code: 'wrong-pin' });
  });

  it('leaves a removed slot nothing to open with, also without a new seal', async () => {
    slotStore.slots.delete(delegate.slotId);
    await custody.evict(owner.certid);
    await expect(custody.opens(delegate, BOB_PIN)).rejects.toMatchObject({ code: 'not-found' });
    await custody.opens(owner, PIN);
  });

  it('kills one-time codes that wait', async () => {
    const holderAndPlace = { holder: 'alice', destination: 'alice@example.org' };
    const codeSlot = await custody.addCodeSlot(owner, PIN, holderAndPlace);
    const codeTicket = slotStore.put(codeSlot);
    const asked = { destination: 'alice@example.org', caller: 'alice', count: 1 };
    const { code } = await custody.requestCode(codeTicket, asked);
    await reseal();
    const late = custody.signWithCode(codeTicket, code, 'alice', request);
    await expect(late).rejects.toMatchObject({ code: 'refused-in-state' });
    const adapted = slotStore.put({ ...codeSlot, keyVersion: 2 });
    await expect(custody.requestCode(adapted, asked)).rejects.toMatchObject({ code: 'refused-in-state' });
  });

  it('is not for a delegate to seal', async () => {
    await expect(custody.reseal(delegate, BOB_PIN)).rejects.toMatchObject({ code: 'not-authorised' });
  });

  it('moves to the newest KEK on the way', async () => {
    await createNextKeyEncryptionKey(softHsm);
    await custody.refreshRootKeys();
    const { key: resealed } = await custody.reseal(owner, PIN);
    expect(resealed.kekVersion).toBe(2);
  });

  it('costs a try like any other when the PIN is wrong', async () => {
    await expect(custody.reseal(owner, 'wrong')).rejects.toThrow('4 tries left');
  });
});
