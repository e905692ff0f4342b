import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createKeyPair,
  createSoftHsm,
  isTestSignature,
  TestCustodyWorld,
  testSignatureRequest,
  type TestSoftHsm,
} from '@cinnabar/testing';
import type { KeyCustody, SlotTicket } from './index.ts';

const CODE = '00112233445566778899aabbccddeeff';
const PIN = 'chosen at last';
const WEEK_MS = 7 * 24 * 60 * 60_000;
const key = createKeyPair('prime256v1');
const request = testSignatureRequest(key);

describe('an activation code', () => {
  const world = new TestCustodyWorld();
  const { slotStore } = world;
  let softHsm: TestSoftHsm;
  let custody: KeyCustody;
  let ticket: SlotTicket;
  let keys = 0;

  beforeAll(async () => {
    softHsm = await createSoftHsm();
    custody = await world.openNode(softHsm);
  });
  beforeEach(async () => {
    await custody.clear();
    const validToAt = new Date(world.clock.now().getTime() + WEEK_MS);
    ticket = slotStore.add(
      await custody.protect({
        certid: `NEW${++keys}`,
        holder: 'ana',
        privateKeyPkcs8Der: key.pkcs8Der,
        publicKeySpkiDer: key.spkiDer,
        pin: CODE,
        firstSlot: { kind: 'activation', validToAt },
      }),
    );
  });
  afterAll(async () => {
    await world.close();
    await softHsm.dispose();
  });

  const choosePin = () => custody.addSlot(ticket, CODE, { kind: 'pin', holder: 'ana', secret: PIN });

  it('makes the owner’s PIN, which then signs', async () => {
    const owner = slotStore.put(await choosePin());
    expect(isTestSignature(key, await custody.sign(owner, PIN, request))).toBe(true);
  });

  it('opens nothing by itself, and neither signs nor leaves an unlocked key', async () => {
    await expect(custody.sign(ticket, CODE, request)).rejects.toMatchObject({ code: 'refused-in-state' });
    await expect(custody.opens(ticket, CODE)).rejects.toMatchObject({ code: 'refused-in-state' });
    expect(custody.health().unlockedKeys).toBe(0);
  });

  it('makes no slot for anybody else, and none but that PIN', async () => {
    const destination = 'ana@example.test';
    for (const making of [
      custody.addSlot(ticket, CODE, { kind: 'pin', holder: 'mallory', secret: PIN }),
      custody.addSlot(ticket, CODE, { kind: 'delegate', holder: 'mallory', secret: PIN }),
      custody.addCodeSlot(ticket, CODE, { holder: 'ana', destination }),
      custody.reseal(ticket, CODE),
    ]) {
      await expect(making).rejects.toMatchObject({ code: 'not-authorised' });
    }
    await expect(custody.changePin(ticket, CODE, PIN)).rejects.toMatchObject({ code: 'refused-in-state' });
  });

  it('ends after its time, also for a database writer who prolongs it', async () => {
    world.clock.advance(WEEK_MS + 1);
    await expect(choosePin()).rejects.toMatchObject({ code: 'not-authorised' });
    const slot = slotStore.slots.get(ticket.slotId);
    if (slot === undefined) throw new Error('no slot');
    slotStore.put({ ...slot, validToAt: new Date(world.clock.now().getTime() + WEEK_MS) });
    await expect(choosePin()).rejects.toMatchObject({ code: 'wrong-pin' });
  });

  it('is no PIN for a database writer who calls its slot one', async () => {
    const slot = slotStore.slots.get(ticket.slotId);
    if (slot === undefined) throw new Error('no slot');
    slotStore.put({ ...slot, kind: 'pin' });
    await expect(custody.sign(ticket, CODE, request)).rejects.toMatchObject({ code: 'wrong-pin' });
  });

  it('has tries of its own: the fifth wrong one locks', async () => {
    const guess = (secret: string) => custody.addSlot(ticket, secret, { kind: 'pin', holder: 'ana', secret: PIN });
    for (const secret of ['1', '2', '3', '4']) await expect(guess(secret)).rejects.toMatchObject({ code: 'wrong-pin' });
    await expect(guess('5')).rejects.toMatchObject({ code: 'pin-locked' });
    await expect(choosePin()).rejects.toMatchObject({ code: 'pin-locked' });
  });

  it('is for a key that the HSM makes, too', async () => {
    const validToAt = new Date(world.clock.now().getTime() + WEEK_MS);
    const made = await custody.generate({
      certid: `BORN${keys}`,
      holder: 'ana',
      specification: 'EC-P256',
      pin: CODE,
      firstSlot: { kind: 'activation', validToAt },
    });
    expect(made.slot).toMatchObject({ kind: 'activation', validToAt, holder: 'ana' });
    const born = slotStore.add(made);
    const slot = await custody.addSlot(born, CODE, { kind: 'pin', holder: 'ana', secret: PIN });
    await custody.opens(slotStore.put(slot), PIN);
  });
});
