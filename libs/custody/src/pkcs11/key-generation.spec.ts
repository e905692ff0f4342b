import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPublicKey } from 'node:crypto';
import {
  createKeyPair,
  createSoftHsm,
  isTestSignature,
  TestCustodyWorld,
  testSignatureRequest,
  type TestSoftHsm,
} from '@cinnabar/testing';
import { CodedError } from '@cinnabar/core';
import { KEY_SPECIFICATIONS, type KeyCustody, type KeySpecification, type SlotTicket } from '../index.ts';

const PIN = 'born inside';

describe.each(['memory', 'pkcs11'] as const)('keys born on %s', (adapter) => {
  const world = new TestCustodyWorld();
  let softHsm: TestSoftHsm | undefined;
  let custody: KeyCustody;

  beforeAll(async () => {
    if (adapter === 'pkcs11') softHsm = await createSoftHsm();
    custody = softHsm === undefined ? world.openMemoryNode() : await world.openNode(softHsm);
  });
  afterAll(async () => {
    await world.close();
    await softHsm?.dispose();
  });

  async function generate(specification: KeySpecification): Promise<{ ticket: SlotTicket; spkiDer: Uint8Array }> {
    const certid = `BORN-${specification}-${String(world.slotStore.keys.size)}`;
    const { publicKeySpkiDer, ...records } = await custody.generate({ certid, holder: 'h', specification, pin: PIN });
    return { ticket: world.slotStore.add(records), spkiDer: publicKeySpkiDer };
  }

  it.each(KEY_SPECIFICATIONS)('signs with %s, opened by the PIN', async (specification) => {
    const { ticket, spkiDer } = await generate(specification);
    const key = { spkiDer, pkcs8Der: new Uint8Array() };
    expect(isTestSignature(key, await custody.sign(ticket, PIN, testSignatureRequest(key)))).toBe(true);
    await expect(custody.opens(ticket, 'another')).rejects.toMatchObject({ code: 'wrong-pin' });
    const { asymmetricKeyDetails } = createPublicKey({ key: Buffer.from(spkiDer), format: 'der', type: 'spki' });
    const name = { prime256v1: 'EC-P256', secp384r1: 'EC-P384', secp521r1: 'EC-P521' }[
      asymmetricKeyDetails?.namedCurve ?? ''
    ];
    expect(name ?? `RSA-${String(asymmetricKeyDetails?.modulusLength)}`).toBe(specification);
    if (name === undefined) expect(asymmetricKeyDetails?.publicExponent).toBe(65_537n);
  });
});

describe('making keys', () => {
  const world = new TestCustodyWorld();
  let softHsm: TestSoftHsm;
  let custody: KeyCustody;

  beforeAll(async () => {
    softHsm = await createSoftHsm();
    custody = await world.openNode(softHsm);
  });
  afterAll(async () => {
    await world.close();
    await softHsm.dispose();
  });

  function generate(index: number) {
    const specification = index < 3 ? 'RSA-4096' : 'EC-P256';
    return custody.generate({ certid: `LINE${index}`, holder: 'h', specification, pin: PIN });
  }

  it('turns away what does not fit in the line, and neither signatures nor cold PINs wait for it', async () => {
    const key = createKeyPair('prime256v1');
    const warm = await world.protect(custody, key, PIN);
    const cold = await world.protect(custody, key, PIN);
    const request = testSignatureRequest(key);
    await custody.opens(warm, PIN);
    const line = Array.from({ length: 12 }, (_, index) => generate(index));
    let made = 0;
    for (const each of line) void each.then(() => (made += 1)).catch(() => undefined);
    const outcomes = Promise.allSettled(line);
    expect(isTestSignature(key, await custody.sign(warm, PIN, request))).toBe(true);
    expect(isTestSignature(key, await custody.sign(cold, PIN, request))).toBe(true);
    expect(made).toBeLessThan(3);
    const codes = (await outcomes).map((outcome) =>
      outcome.status === 'fulfilled' ? 'made' : (outcome.reason as CodedError).code,
    );
    expect(codes.filter((code) => code === 'made')).toHaveLength(8);
    expect(codes.filter((code) => code === 'too-many-requests')).toHaveLength(4);
    expect(custody.health().hsm).toBe('ready');
  }, 120_000);

  it('lets custody close while a key is in the making', async () => {
    const other = await world.openNode(softHsm);
    const making = other.generate({ certid: 'LATE', holder: 'h', specification: 'RSA-4096', pin: PIN });
    const outcome = making.then(
      () => 'made',
      (error: unknown) => (error as CodedError).code,
    );
    await other.close();
    expect(await outcome).toBe('hsm-not-available');
    await generate(99);
  }, 30_000);
});
