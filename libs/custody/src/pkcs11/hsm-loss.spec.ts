import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import {
  buildFaultyModule,
  createKeyPair,
  createSoftHsm,
  isTestSignature,
  TestCustodyWorld,
  testSignatureRequest,
  type FaultyModule,
  type TestSoftHsm,
} from '@cinnabar/testing';
import type { KeyCustody, SlotTicket } from '../index.ts';
import { closeSession } from './close-session.fixture.ts';

const PIN = 'steady';
const key = createKeyPair('rsa-2048');
const request = testSignatureRequest(key);
/** Long enough for a busy machine to open the token, short enough to wait for. */
const CALL_TIMEOUT_MS = 4_000;
const CKR_GENERAL_ERROR = 5;
const CKR_DEVICE_REMOVED = 50;
const CKR_PIN_INCORRECT = 160;

describe('an HSM that goes away', () => {
  let softHsm: TestSoftHsm;
  let module: FaultyModule;
  let world: TestCustodyWorld;
  let custody: KeyCustody;
  let ticket: SlotTicket;

  beforeAll(async () => {
    softHsm = await createSoftHsm();
    const built = await buildFaultyModule(softHsm.directory, softHsm.modulePath);
    if (built === undefined) throw new Error('this test needs a C compiler (Debian: gcc)');
    module = built;
  });

  beforeEach(async () => {
    world = new TestCustodyWorld();
    custody = await world.openNode({ ...softHsm, modulePath: module.modulePath, callTimeoutMs: CALL_TIMEOUT_MS });
    ticket = await world.protect(custody, key, PIN);
    await custody.opens(ticket, PIN);
  });

  afterEach(async () => {
    await module.heal();
    await world.close();
  });

  afterAll(() => softHsm.dispose());

  async function whenReady(): Promise<void> {
    for (let waitedMs = 0; custody.health().hsm !== 'ready'; waitedMs += 20) {
      if (waitedMs > 10_000) throw new Error('the HSM did not come back');
      await delay(20);
    }
  }

  async function expectSignature(): Promise<void> {
    expect(isTestSignature(key, await custody.sign(ticket, PIN, request))).toBe(true);
  }

  it.each(['C_Sign', 'C_SignInit', '*'])(
    'fails fast when %s says that the device is removed, and comes back',
    async (function_) => {
      await module.order(`${function_} ${CKR_DEVICE_REMOVED}`);
      await expect(custody.sign(ticket, PIN, request)).rejects.toMatchObject({
        code: 'hsm-not-available',
        fault: 'hsm',
        publicDetail: 'the HSM is not available',
      });
      expect(custody.health()).toMatchObject({ hsm: 'lost', unlockedKeys: 0 });
      const startedAt = performance.now();
      await expect(custody.sign(ticket, PIN, request)).rejects.toMatchObject({ code: 'hsm-not-available' });
      expect(performance.now() - startedAt).toBeLessThan(CALL_TIMEOUT_MS);
      await module.heal();
      await whenReady();
      await expectSignature();
    },
  );

  it('does not charge a try for a PIN that was never evaluated', async () => {
    await custody.clear();
    await module.order(`* ${CKR_DEVICE_REMOVED}`);
    for (let turn = 0; turn < 10; turn += 1) {
      await expect(custody.opens(ticket, PIN)).rejects.toMatchObject({ code: 'hsm-not-available' });
    }
    expect(world.ledger.isLocked(ticket.slotId)).toBe(false);
    await module.heal();
    await whenReady();
    await expect(custody.opens(ticket, 'wrong')).rejects.toThrow('4 tries left');
  });

  it('does not wait for ever on an HSM that hangs', async () => {
    await module.order('C_Sign hang');
    const startedAt = performance.now();
    await expect(custody.sign(ticket, PIN, request)).rejects.toMatchObject({ code: 'hsm-not-available' });
    expect(performance.now() - startedAt).toBeLessThan(3 * CALL_TIMEOUT_MS);
    await module.heal();
    await whenReady();
    await expectSignature();
  });

  it('never releases a signature that does not verify', async () => {
    await module.order('C_Sign corrupt');
    await expect(custody.sign(ticket, PIN, request)).rejects.toMatchObject({
      code: 'internal',
      publicDetail: 'the signature could not be verified',
    });
    await module.heal();
    await expectSignature();
  });

  it('an answer that says nothing of the HSM fails one request and leaves the other keys unlocked', async () => {
    // Only for the 51 octets of an SHA-256 DigestInfo: one odd key, not an odd HSM.
    await module.order(`C_Sign:51 ${CKR_GENERAL_ERROR}`);
    const refused = custody.sign(ticket, PIN, request);
    await expect(refused).rejects.toMatchObject({ code: 'internal', publicDetail: 'the HSM refused' });
    await module.heal();
    await delay(100);
    expect(custody.health()).toMatchObject({ hsm: 'ready', unlockedKeys: 1 });
    // Also on the session that was left in the middle of an operation.
    for (let turn = 0; turn < 10; turn += 1) await expectSignature();
  });

  it('a key that cannot be destroyed takes the vault session with it', async () => {
    const other = await world.protect(custody, createKeyPair('prime256v1'), PIN);
    await custody.opens(other, PIN);
    await module.order(`C_DestroyObject ${CKR_GENERAL_ERROR}`);
    await custody.evict(ticket.certid);
    expect(custody.health().unlockedKeys).toBe(0);
    await module.heal();
    await expectSignature();
  });

  it('does not try a refused token PIN twice', async () => {
    await module.order(`* ${CKR_DEVICE_REMOVED}`);
    await expect(custody.sign(ticket, PIN, request)).rejects.toThrow();
    await module.order(`C_Login ${CKR_PIN_INCORRECT}`);
    await delay(1_000);
    await module.heal();
    await delay(3_000);
    // Refused once; only another PIN, or a restart by somebody who looked into it, would be tried again.
    expect(custody.health().hsm).toBe('lost');
  });

  it('goes on, cold, when the vault session is closed under load', async () => {
    const load = new AbortController();
    let signed = 0;
    const clients = Array.from({ length: 16 }, async () => {
      while (!load.signal.aborted) {
        await expectSignature();
        signed += 1;
      }
    });
    for (let round = 0; round < 5; round += 1) {
      await delay(100);
      const loads = world.slotStore.loads;
      // Opened right after the first session of all, and later as the newest one.
      closeSession(module.modulePath, round === 0 ? 1 : -1);
      const isBack = () => world.slotStore.loads > loads && custody.health().unlockedKeys === 1;
      for (let waitedMs = 0; !isBack() && waitedMs < 20_000; waitedMs += 5) await delay(5);
      expect(isBack()).toBe(true);
    }
    load.abort();
    await Promise.all(clients);
    expect(signed).toBeGreaterThan(50);
    expect(world.ledger.isLocked(ticket.slotId)).toBe(false);
  }, 120_000);
});

describe('a token that does not fit', () => {
  let softHsm: TestSoftHsm;
  const world = new TestCustodyWorld();
  beforeAll(async () => {
    softHsm = await createSoftHsm();
  });
  afterAll(() => softHsm.dispose());

  it.each([
    ['another label', { tokenLabel: 'elsewhere' }, 'no token is called elsewhere'],
    ['a wrong PIN', { readPin: () => 'wrong-token-pin' }, 'CKR_PIN_INCORRECT'],
    [
      'a mechanism it lacks',
      { wrappingMechanism: 'CKM_AES_KEY_WRAP_KWP' as const },
      'the token cannot wrap private keys with CKM_AES_KEY_WRAP_KWP: CKR_MECHANISM_INVALID',
    ],
  ])('stops the start and says why: %s', async (_what, change, reason) => {
    const opening = world.openNode({ ...softHsm, ...change });
    await expect(opening).rejects.toMatchObject({
      code: 'hsm-not-available',
      publicDetail: `the HSM cannot be opened: ${reason}`,
    });
  });
});
