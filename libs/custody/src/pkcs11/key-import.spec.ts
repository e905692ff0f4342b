import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
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

const PIN = 'let me in';
/** As some HSMs do it: C_CreateObject of CKO_PRIVATE_KEY is answered CKR_TEMPLATE_INCONSISTENT. */
const NO_PRIVATE_KEYS = 'C_CreateObject:3 209';

describe('importing keys', () => {
  let softHsm: TestSoftHsm;
  let module: FaultyModule;
  let world: TestCustodyWorld;

  beforeAll(async () => {
    softHsm = await createSoftHsm();
    const built = await buildFaultyModule(softHsm.directory, softHsm.modulePath);
    if (built === undefined) throw new Error('this test needs a C compiler (Debian: gcc)');
    module = built;
  });
  afterEach(async () => {
    await module.heal();
    await world.close();
  });
  afterAll(() => softHsm.dispose());

  function open(importBy: 'create-object' | 'transport-key' | 'none') {
    world = new TestCustodyWorld();
    return world.openNode({ ...softHsm, modulePath: module.modulePath, importBy });
  }

  it.each(['rsa-2048', 'rsa-4096', 'prime256v1', 'secp384r1', 'secp521r1'])(
    'goes by a transport key where C_CreateObject lets no private key in: %s',
    async (kind) => {
      const key = createKeyPair(kind);
      const custody = await open('transport-key');
      await module.order(NO_PRIVATE_KEYS);
      const ticket = await world.protect(custody, key, PIN);
      await module.heal();
      expect(isTestSignature(key, await custody.sign(ticket, PIN, testSignatureRequest(key)))).toBe(true);
    },
  );

  it('is proved at start: an HSM that lets no private key in is told so at once', async () => {
    await module.order(NO_PRIVATE_KEYS);
    await expect(open('create-object')).rejects.toMatchObject({
      code: 'hsm-not-available',
      publicDetail: expect.stringContaining('takes no private keys in by create-object'),
    });
  });

  it('can be forbidden; keys born in the HSM are held all the same', async () => {
    const custody = await open('none');
    await expect(world.protect(custody, createKeyPair('prime256v1'), PIN)).rejects.toMatchObject({
      code: 'not-supported',
    });
    const born = await custody.generate({ certid: 'BORN', holder: 'h', specification: 'EC-P256', pin: PIN });
    await custody.opens(world.slotStore.add(born), PIN);
  });
});
