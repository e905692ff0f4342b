import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createKeyPair, createSoftHsm, TestCustodyWorld, type TestSoftHsm } from '@cinnabar/testing';
import type { KeyCustody, KeySlot, ProtectedKey, SlotTicket } from '../index.ts';

const PIN_A = 'alice-pin';
const PIN_B = 'bob-pin';
const keyPair = createKeyPair('prime256v1');
const otherPair = createKeyPair('prime256v1');

// What somebody who can write the database, and knows his own PIN, may try.
describe('a database writer', () => {
  const world = new TestCustodyWorld();
  const { slotStore } = world;
  let softHsm: TestSoftHsm;
  let custody: KeyCustody;
  let a: SlotTicket;
  let b: SlotTicket;

  beforeAll(async () => {
    softHsm = await createSoftHsm();
    custody = await world.openNode(softHsm);
  });

  beforeEach(async () => {
    a = await world.protect(custody, keyPair, PIN_A);
    b = await world.protect(custody, otherPair, PIN_B);
  });

  afterAll(async () => {
    await world.close();
    await softHsm.dispose();
  });

  function slotOf({ slotId }: SlotTicket): KeySlot {
    return slotStore.slots.get(slotId) as KeySlot;
  }

  function keyOf({ certid }: SlotTicket): ProtectedKey {
    return slotStore.keys.get(certid) as ProtectedKey;
  }

  it("does not get into A's certificate with B's slot and B's PIN", async () => {
    slotStore.slots.set(a.slotId, slotOf(b));
    await expect(custody.opens(a, PIN_B)).rejects.toMatchObject({
      code: 'internal',
      publicDetail: 'the key cannot be opened',
    });
  });

  it("nor when he makes B's slot say that it is A's", async () => {
    const { salt, sealedDataKey, kdf } = slotOf(b);
    slotStore.slots.set(a.slotId, { ...slotOf(a), salt, sealedDataKey, kdf });
    await expect(custody.opens(a, PIN_B)).rejects.toMatchObject({ code: 'wrong-pin' });
    await expect(custody.opens(a, PIN_A)).rejects.toMatchObject({ code: 'wrong-pin' });
  });

  it("does not get A's key by moving its blob to B's certificate", async () => {
    slotStore.keys.set(b.certid, { ...keyOf(a), certid: b.certid });
    await expect(custody.opens(b, PIN_B)).rejects.toMatchObject({
      code: 'internal',
      publicDetail: 'the key cannot be opened',
    });
  });

  const changes: readonly (readonly [string, (slot: KeySlot) => KeySlot])[] = [
    ['kind', (slot) => ({ ...slot, kind: 'delegate' })],
    ['holder', (slot) => ({ ...slot, holder: 'mallory' })],
    ['delegation', (slot) => ({ ...slot, delegation: 'D1' })],
    ['begin', (slot) => ({ ...slot, validFromAt: new Date(0) })],
    ['end', (slot) => ({ ...slot, validToAt: new Date(4_102_444_800_000) })],
    ['operations', (slot) => ({ ...slot, operations: ['Sign/Hash'] })],
    ['memory cost', (slot) => ({ ...slot, kdf: { ...slot.kdf, memoryKib: 64 } })],
    ['passes', (slot) => ({ ...slot, kdf: { ...slot.kdf, passes: 1 } })],
    ['salt', (slot) => ({ ...slot, salt: new Uint8Array(16) })],
    [
      'box',
      (slot) => ({ ...slot, sealedDataKey: slot.sealedDataKey.map((octet, at) => (at === 20 ? octet ^ 1 : octet)) }),
    ],
    ['cut box', (slot) => ({ ...slot, sealedDataKey: slot.sealedDataKey.subarray(0, 20) })],
    ['empty box', (slot) => ({ ...slot, sealedDataKey: new Uint8Array() })],
  ];

  it.each(changes)('a slot with another %s does not open, and looks like a wrong PIN', async (_what, change) => {
    slotStore.slots.set(a.slotId, change(slotOf(a)));
    await expect(custody.opens(a, PIN_A)).rejects.toMatchObject({
      code: 'wrong-pin',
      publicDetail: 'wrong PIN, 4 tries left',
    });
  });

  it('a slot of another version does not open, even when the ticket agrees', async () => {
    slotStore.slots.set(a.slotId, { ...slotOf(a), slotVersion: 2 });
    await expect(custody.opens({ ...a, slotVersion: 2 }, PIN_A)).rejects.toMatchObject({ code: 'wrong-pin' });
  });

  it.each([
    ['memory', { memoryKib: 4_194_304 }],
    ['passes', { passes: 1_000_000 }],
    ['threads', { parallelism: 1_000 }],
    ['no memory', { memoryKib: 0 }],
  ])('cannot make a try cost more than a try may (%s)', async (_what, cost) => {
    const slot = slotOf(a);
    slotStore.slots.set(a.slotId, { ...slot, kdf: { ...slot.kdf, ...cost } });
    const before = world.ledger.granted;
    await expect(custody.opens(a, PIN_A)).rejects.toMatchObject({ code: 'internal' });
    expect(world.ledger.granted).toBe(before);
  });

  const blobs: readonly (readonly [string, (key: ProtectedKey) => ProtectedKey])[] = [
    ['bit', (key) => ({ ...key, sealedKey: key.sealedKey.map((octet, at) => (at === 40 ? octet ^ 1 : octet)) })],
    ['KEK version', (key) => ({ ...key, kekVersion: 2 })],
    ['mechanism', (key) => ({ ...key, wrappingMechanism: 'CKM_AES_KEY_WRAP_KWP' })],
    ['key type', (key) => ({ ...key, keyType: 'RSA' })],
  ];

  it.each(blobs)('a blob with another %s does not open, and says nothing useful', async (_what, change) => {
    slotStore.keys.set(a.certid, change(keyOf(a)));
    await expect(custody.opens(a, PIN_A)).rejects.toMatchObject({
      code: 'internal',
      publicDetail: 'the key cannot be opened',
    });
  });

  it("does not get a signature for B's certificate out of A's key", async () => {
    const request = {
      scheme: 'ecdsa',
      digestAlgorithm: 'SHA256',
      digest: Buffer.alloc(32, 7),
      publicKeySpkiDer: otherPair.spkiDer,
    } as const;
    await expect(custody.sign(a, PIN_A, request)).rejects.toMatchObject({
      code: 'internal',
      publicDetail: 'the signature could not be verified',
    });
  });

  it('finds no PIN, no hash of it and no private key in what is stored', () => {
    const stored = JSON.stringify([slotOf(a), keyOf(a)], (_name, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    );
    expect(stored).not.toContain(PIN_A);
    expect(stored).not.toContain(Buffer.from(keyPair.pkcs8Der).subarray(36, 68).toString('latin1'));
  });
});
