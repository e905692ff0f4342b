import { argon2Sync, createHash, createHmac, hkdfSync } from 'node:crypto';
import pkcs11js from 'pkcs11js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createKeyPair, createSoftHsm, TestCustodyWorld, type TestSoftHsm } from '@cinnabar/testing';
import type { KeySlot, ProtectedKey, SecretSlotKdf } from '../index.ts';
import { listRootKeys } from '../pkcs11/index.ts';
import { open } from './aes-gcm.ts';
import { keyBinding, slotBinding } from './bindings.ts';

const PIN = 'the right PIN';
const SLOT_KEY_DOMAIN = Buffer.from('cinnabar/slot-key/1', 'utf8');

type Slot = KeySlot & { readonly kdf: SecretSlotKdf };

// Somebody has all that the database holds, knows this source, and guesses the right PIN at once. Does he notice?
describe('a stolen database alone', () => {
  const world = new TestCustodyWorld();
  let softHsm: TestSoftHsm;
  let slot: Slot;
  let key: ProtectedKey;
  let checkValues: Uint8Array[];

  beforeAll(async () => {
    softHsm = await createSoftHsm();
    const custody = await world.openNode(softHsm, { slotCost: { memoryKib: 64, passes: 1, parallelism: 1 } });
    const { slotId, certid } = await world.protect(custody, createKeyPair('prime256v1'), PIN);
    slot = world.slotStore.slots.get(slotId) as Slot;
    key = world.slotStore.keys.get(certid) as ProtectedKey;
    // These lie in the database too (table root_key).
    checkValues = (await listRootKeys(softHsm)).flatMap(({ checkValue }) => checkValue ?? []);
  });
  afterAll(async () => {
    await world.close();
    await softHsm.dispose();
  });

  const argon2 = (secret: string | Uint8Array, salt: Uint8Array = slot.salt): Buffer =>
    argon2Sync('argon2id', {
      message: secret,
      nonce: salt,
      memory: slot.kdf.memoryKib,
      passes: slot.kdf.passes,
      parallelism: slot.kdf.parallelism,
      tagLength: 32,
    });
  const opensSlot = (slotKey: Uint8Array): boolean =>
    open(slotKey, slot.sealedDataKey, slotBinding(slot)) !== undefined;

  /** The right PIN's hash put together in every way with everything that the database holds. */
  function* candidates(): Generator<Buffer> {
    const hashes = [argon2(PIN), createHash('sha256').update(PIN).update(slot.salt).digest()];
    const texts = [slot.certid, slot.slotId, slot.holder, slot.kind, '', 'cinnabar/slot-key/1', 'cinnabar-slot-hmac-1'];
    const known = [
      ...texts.map((text) => Buffer.from(text, 'utf8')),
      ...[slot.salt, slot.sealedDataKey, key.sealedKey, ...checkValues].map((bytes) => Buffer.from(bytes)),
      Buffer.alloc(32),
      Buffer.from(PIN),
    ];
    for (const hash of hashes) {
      const input = Buffer.concat([SLOT_KEY_DOMAIN, hash]);
      yield hash;
      yield createHash('sha256').update(hash).digest();
      yield createHash('sha256').update(input).digest();
      for (const each of known) {
        yield createHmac('sha256', each).update(input).digest();
        yield createHmac('sha256', each).update(hash).digest();
        yield createHmac('sha256', hash).update(each).digest();
        yield createHmac('sha256', createHash('sha256').update(each).digest()).update(input).digest();
        yield Buffer.from(hkdfSync('sha256', hash, slot.salt, each, 32));
        yield Buffer.from(hkdfSync('sha256', each, slot.salt, hash, 32));
        yield createHash('sha256').update(hash).update(each).digest();
      }
    }
  }

  it('tests no PIN: the right one opens nothing, whatever it is put together with', () => {
    let tried = 0;
    for (const candidate of candidates()) {
      tried += 1;
      expect(opensSlot(candidate)).toBe(false);
      expect(open(candidate, key.sealedKey, keyBinding(key))).toBeUndefined();
    }
    expect(tried).toBeGreaterThan(150);
  });

  it('lacks one thing only, which the token does not give out: with its HMAC the very same attempt opens', () => {
    const input = Buffer.concat([SLOT_KEY_DOMAIN, argon2(PIN)]);
    const slotKey = hmacByToken(softHsm, input);
    expect(opensSlot(slotKey)).toBe(true);
    expect(opensSlot(hmacByToken(softHsm, Buffer.concat([SLOT_KEY_DOMAIN, argon2('another PIN')])))).toBe(false);
  });
});

/** As somebody does who has the token and its PIN: C_Sign with cinnabar-slot-hmac-1. */
function hmacByToken({ modulePath }: TestSoftHsm, input: Buffer): Buffer {
  const cryptoki = new pkcs11js.PKCS11();
  cryptoki.load(modulePath);
  const slot = cryptoki
    .C_GetSlotList(true)
    .find((each) => cryptoki.C_GetTokenInfo(each).label.trimEnd() === 'test') as Buffer;
  // The library is initialised and logged in by the custody of this process.
  const session = cryptoki.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
  try {
    cryptoki.C_FindObjectsInit(session, [{ type: pkcs11js.CKA_LABEL, value: 'cinnabar-slot-hmac-1' }]);
    const [hmacKey] = cryptoki.C_FindObjects(session, 1);
    cryptoki.C_FindObjectsFinal(session);
    cryptoki.C_SignInit(session, { mechanism: pkcs11js.CKM_SHA256_HMAC }, hmacKey as Buffer);
    return cryptoki.C_Sign(session, input, Buffer.alloc(32));
  } finally {
    cryptoki.C_CloseSession(session);
  }
}
