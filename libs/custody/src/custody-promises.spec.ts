import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  constants,
  createHash,
  createPublicKey,
  publicDecrypt,
  randomBytes,
  verify,
  type KeyObject,
} from 'node:crypto';
import type { DigestAlgorithm } from '@cinnabar/core';
import { createKeyPair, createSoftHsm, TestCustodyWorld, type TestKeyPair, type TestSoftHsm } from '@cinnabar/testing';
import type { KeyCustody, SignatureRequest, SlotTicket } from './index.ts';

const PIN = '246813';

// Both adapters keep the same promises; OpenSSL judges the signatures.
describe.each(['memory', 'pkcs11'] as const)('custody on %s', (adapter) => {
  const world = new TestCustodyWorld();
  const { ledger, slotStore } = world;
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

  function protect(key: TestKeyPair): Promise<SlotTicket> {
    return world.protect(custody, key, PIN);
  }

  function publicKeyOf({ spkiDer }: TestKeyPair): KeyObject {
    return createPublicKey({ key: Buffer.from(spkiDer), format: 'der', type: 'spki' });
  }

  function request(
    scheme: SignatureRequest['scheme'],
    digestAlgorithm: DigestAlgorithm,
    key: TestKeyPair,
    message: Uint8Array,
  ): SignatureRequest {
    const digest = createHash(digestAlgorithm).update(message).digest();
    return { scheme, digestAlgorithm, digest, publicKeySpkiDer: key.spkiDer };
  }

  it.each(['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512', 'MD5'] as const)(
    'signs RSA PKCS#1 with %s',
    async (hash) => {
      const key = createKeyPair('rsa-2048');
      const ticket = await protect(key);
      const message = randomBytes(100);
      const signature = await custody.sign(ticket, PIN, request('pkcs1', hash, key, message));
      const publicKey = publicKeyOf(key);
      expect(verify(hash, message, publicKey, signature)).toBe(true);
    },
  );

  it('signs the 36 bytes of MD5+SHA1 as they are', async () => {
    const key = createKeyPair('rsa-2048');
    const ticket = await protect(key);
    const digest = randomBytes(36);
    const signature = await custody.sign(ticket, PIN, {
      scheme: 'pkcs1',
      digestAlgorithm: 'MD5+SHA1',
      digest,
      publicKeySpkiDer: key.spkiDer,
    });
    const publicKey = publicKeyOf(key);
    expect(publicDecrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, signature)).toEqual(digest);
  });

  it.each([
    [2048, 'SHA1'],
    [2048, 'SHA512'],
    [3072, 'SHA384'],
    [2056, 'SHA256'],
    [2049, 'SHA256'],
  ] as const)('signs RSA-%i PSS with %s', async (modulusLength, hash) => {
    const key = createKeyPair(`rsa-${modulusLength}`);
    const ticket = await protect(key);
    const message = randomBytes(100);
    const signature = await custody.sign(ticket, PIN, request('pss', hash, key, message));
    const publicKey = publicKeyOf(key);
    const pss = {
      key: publicKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    };
    expect(verify(hash, message, pss, signature)).toBe(true);
  });

  it.each([
    ['prime256v1', 'SHA256'],
    ['prime256v1', 'SHA512'],
    ['secp384r1', 'SHA384'],
    ['secp521r1', 'SHA512'],
    ['secp521r1', 'SHA1'],
  ] as const)('signs ECDSA on %s with %s, as DER', async (curve, hash) => {
    const key = createKeyPair(curve);
    const ticket = await protect(key);
    const message = randomBytes(100);
    const publicKey = publicKeyOf(key);
    for (let turn = 0; turn < 5; turn += 1) {
      const signature = await custody.sign(ticket, PIN, request('ecdsa', hash, key, message));
      expect(verify(hash, message, publicKey, signature)).toBe(true);
    }
  });

  it('refuses a digest whose length does not fit its algorithm, without spending a try', async () => {
    const key = createKeyPair('rsa-2048');
    const ticket = await protect(key);
    const before = ledger.granted;
    const bad = {
      scheme: 'pkcs1',
      digestAlgorithm: 'SHA256',
      digest: Buffer.alloc(20),
      publicKeySpkiDer: key.spkiDer,
    } as const;
    await expect(custody.sign(ticket, PIN, bad)).rejects.toMatchObject({
      code: 'invalid-parameter',
      publicDetail: expect.stringMatching(/^hash\.digest: /),
    });
    expect(ledger.granted).toBe(before);
  });

  it('refuses a scheme that does not fit the key', async () => {
    const key = createKeyPair('prime256v1');
    const ticket = await protect(key);
    const pkcs1 = custody.sign(ticket, PIN, request('pkcs1', 'SHA256', key, Buffer.from('x')));
    await expect(pkcs1).rejects.toMatchObject({ code: 'invalid-parameter' });
  });

  it('takes keys made by other programs only when they belong to the certificate', async () => {
    const mine = createKeyPair('rsa-2048');
    const other = createKeyPair('rsa-2048');
    await expect(protect({ pkcs8Der: mine.pkcs8Der, spkiDer: other.spkiDer })).rejects.toMatchObject({
      code: 'invalid-parameter',
      publicDetail: 'private key: does not belong to the certificate',
    });
  });

  it.each(['ed25519', 'secp256k1', 'rsa-1024', 'rsa-4104'])('does not support %s', async (kind) => {
    await expect(protect(createKeyPair(kind))).rejects.toMatchObject({ code: 'not-supported' });
  });

  it('tells a wrong PIN from the right one, counting down to the lock', async () => {
    const ticket = await protect(createKeyPair('prime256v1'));
    for (const left of ['4 tries', '3 tries', '2 tries', '1 try']) {
      await expect(custody.opens(ticket, 'wrong!')).rejects.toMatchObject({
        code: 'wrong-pin',
        publicDetail: `wrong PIN, ${left} left`,
      });
    }
    await expect(custody.opens(ticket, 'wrong!')).rejects.toMatchObject({ code: 'pin-locked' });
    await expect(custody.opens(ticket, PIN)).rejects.toMatchObject({ code: 'pin-locked' });
    ledger.unlock(ticket.slotId);
    await custody.opens(ticket, PIN);
  });

  it('changes the PIN: the old one no longer opens, the new one does', async () => {
    const key = createKeyPair('prime256v1');
    const ticket = await protect(key);
    const changed = slotStore.put(await custody.changePin(ticket, PIN, 'neue Pín'));
    await custody.evict(ticket.certid);
    expect(changed).toEqual({ ...ticket, slotVersion: 2 });
    await expect(custody.opens(changed, PIN)).rejects.toMatchObject({ code: 'wrong-pin' });
    await custody.opens(changed, 'neue Pi\u0301n');
    await expect(custody.opens(ticket, PIN)).rejects.toMatchObject({ code: 'refused-in-state' });
  });

  it('gives a delegate a slot with a PIN and a lock of his own', async () => {
    const key = createKeyPair('prime256v1');
    const ticket = await protect(key);
    const slot = await custody.addSlot(ticket, PIN, {
      kind: 'delegate',
      holder: 'bob',
      delegation: 'D1',
      secret: 'bob-pin',
      operations: ['Sign/Hash'],
      validToAt: new Date(world.clock.now().getTime() + 60_000),
    });
    const delegate = slotStore.put(slot);
    const message = Buffer.from('by proxy');
    const signature = await custody.sign(delegate, 'bob-pin', request('ecdsa', 'SHA256', key, message));
    const publicKey = publicKeyOf(key);
    expect(verify('sha256', message, publicKey, signature)).toBe(true);
    for (let turn = 0; turn < 5; turn += 1) await expect(custody.opens(delegate, 'guess')).rejects.toThrow();
    await expect(custody.opens(delegate, 'bob-pin')).rejects.toMatchObject({ code: 'pin-locked' });
    await custody.opens(ticket, PIN);
  });

  it('refuses a slot outside its dates', async () => {
    const ticket = await protect(createKeyPair('prime256v1'));
    const past = { validFromAt: new Date(0), validToAt: new Date(1) };
    const request = { kind: 'delegate', holder: 'bob', secret: 'bob-pin', ...past } as const;
    const delegate = slotStore.put(await custody.addSlot(ticket, PIN, request));
    await expect(custody.opens(delegate, 'bob-pin')).rejects.toMatchObject({ code: 'not-authorised' });
  });

  it.each(['', 'x'.repeat(1_025), 'ü'.repeat(600)])('refuses a PIN of no or too many bytes', async (pin) => {
    const ticket = await protect(createKeyPair('prime256v1'));
    await expect(custody.opens(ticket, pin)).rejects.toMatchObject({ code: 'invalid-parameter' });
  });

  it('takes no half of a character, in place of which any other half would open', async () => {
    const ticket = await protect(createKeyPair('prime256v1'));
    const before = ledger.granted;
    const refusal = { code: 'invalid-parameter', publicDetail: 'pin: is not well-formed Unicode' };
    await expect(custody.opens(ticket, '\ud83d\ud83d')).rejects.toMatchObject(refusal);
    await expect(custody.changePin(ticket, PIN, '12345\udd11')).rejects.toMatchObject(refusal);
    expect(ledger.granted).toBe(before);
  });
});
