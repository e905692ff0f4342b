import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createKeyPair,
  createSoftHsm,
  isTestSignature,
  TestCustodyWorld,
  testSignatureRequest,
  useSoftHsmConfiguration,
  type TestSoftHsm,
} from '@cinnabar/testing';
import pkcs11js from 'pkcs11js';
import { createNextKeyEncryptionKey, findPkcs11Module, initialiseToken, prepareSoftHsmToken } from './index.ts';

const PIN = 'king of keys';

describe('root keys', () => {
  let softHsm: TestSoftHsm;
  const key = createKeyPair('prime256v1');
  const request = testSignatureRequest(key);

  beforeAll(async () => {
    softHsm = await createSoftHsm();
  });
  afterAll(() => softHsm.dispose());

  it('are made once', async () => {
    expect(await initialiseToken(softHsm)).toEqual([]);
  });

  it('stand side by side: new keys under the newest KEK, old ones under theirs', async () => {
    const world = new TestCustodyWorld();
    const before = await world.openNode(softHsm);
    const old = await world.protect(before, key, PIN);
    await before.close();
    expect(await createNextKeyEncryptionKey(softHsm)).toBe('cinnabar-kek-2');
    const custody = await world.openNode(softHsm);
    const young = await world.protect(custody, key, PIN);
    const versions = [old, young].map(({ certid }) => world.slotStore.keys.get(certid)?.kekVersion);
    expect(versions).toEqual([1, 2]);
    for (const ticket of [old, young]) {
      expect(isTestSignature(key, await custody.sign(ticket, PIN, request))).toBe(true);
    }
    await world.close();
  });

  it('are all that the token keeps, and cannot be read: no key of a person stays on it', async () => {
    const world = new TestCustodyWorld();
    const custody = await world.openNode(softHsm);
    await custody.opens(await world.protect(custody, key, PIN), PIN);
    const cryptoki = new pkcs11js.PKCS11();
    cryptoki.load(softHsm.modulePath);
    const slot = cryptoki
      .C_GetSlotList(true)
      .find((each) => cryptoki.C_GetTokenInfo(each).label.trimEnd() === softHsm.tokenLabel) as Buffer;
    const session = cryptoki.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
    cryptoki.C_FindObjectsInit(session, [{ type: pkcs11js.CKA_TOKEN, value: true }]);
    const objects = cryptoki.C_FindObjects(session, 100);
    cryptoki.C_FindObjectsFinal(session);
    const labels = objects.map((object) =>
      cryptoki.C_GetAttributeValue(session, object, [{ type: pkcs11js.CKA_LABEL }])[0]?.value.toString('utf8'),
    );
    expect(labels.every((label) => /^cinnabar-(kek|slot-hmac)-\d+$/.test(label ?? ''))).toBe(true);
    for (const object of objects) {
      expect(() => cryptoki.C_GetAttributeValue(session, object, [{ type: pkcs11js.CKA_VALUE }])).toThrow(
        'CKR_ATTRIBUTE_SENSITIVE',
      );
    }
    await world.close();
  });

  it('are missed at once: keys do not open on another token', async () => {
    const world = new TestCustodyWorld();
    const custody = await world.openNode(softHsm);
    const ticket = await world.protect(custody, key, PIN);
    await custody.close();
    const other = await createSoftHsm();
    const elsewhere = await world.openNode(other);
    // Another HMAC key: the right PIN is as good as a wrong one. This is what a stolen database is worth.
    await expect(elsewhere.opens(ticket, PIN)).rejects.toMatchObject({ code: 'wrong-pin' });
    await world.close();
    await other.dispose();
  });

  it('are never made behind the operator’s back: an empty token stops the start', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cinnabar-empty-'));
    const modulePath = findPkcs11Module();
    const token = await prepareSoftHsmToken({ directory, label: 'empty', modulePath });
    await useSoftHsmConfiguration(token.configurationFile);
    const settings = { modulePath, tokenLabel: 'empty', readPin: () => readFileSync(token.pinFile, 'utf8') };
    await expect(new TestCustodyWorld().openNode(settings)).rejects.toThrow('lacks the root keys');
    await rm(directory, { recursive: true });
  });
});
