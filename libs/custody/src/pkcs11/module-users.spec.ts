import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  buildFaultyModule,
  createKeyPair,
  createSoftHsm,
  TestCustodyWorld,
  testSignatureRequest,
  type TestSoftHsm,
} from '@cinnabar/testing';
import pkcs11js from 'pkcs11js';
import { enterModule, inTurn, isSoleUser, leaveModule } from './module-users.ts';

/** Long enough for a busy machine to open the token, short enough to wait for. */
const CALL_TIMEOUT_MS = 4_000;

let softHsm: TestSoftHsm;
beforeAll(async () => {
  softHsm = await createSoftHsm();
});
afterAll(() => softHsm.dispose());

describe('a PKCS#11 library of one process', () => {
  it('is ended by the last who leaves, and by nobody before', async () => {
    const { modulePath } = softHsm;
    const ended: string[] = [];
    const leave = (name: string) =>
      leaveModule(modulePath, () => {
        ended.push(name);
        return Promise.resolve();
      });
    for (let users = 0; users < 3; users += 1) await enterModule(modulePath, CALL_TIMEOUT_MS);
    await leave('first');
    expect(isSoleUser(modulePath)).toBe(false);
    await leave('second');
    expect([ended, isSoleUser(modulePath)]).toEqual([[], true]);
    await leave('third');
    expect(ended).toEqual(['third']);
  });

  it('is entered only when its end is over, whether that succeeded or not', async () => {
    const { modulePath } = softHsm;
    for (const outcome of ['ended', 'failed']) {
      const order: string[] = [];
      let settle: () => void = () => undefined;
      await enterModule(modulePath, CALL_TIMEOUT_MS);
      const leaving = leaveModule(
        modulePath,
        () =>
          new Promise<void>((resolve, reject) => {
            settle = () => {
              order.push(outcome);
              if (outcome === 'ended') resolve();
              else reject(new Error(outcome));
            };
          }),
      ).catch(() => undefined);
      const entering = enterModule(modulePath, CALL_TIMEOUT_MS).then(() => order.push('entered'));
      await new Promise((resolve) => setImmediate(resolve));
      expect(order).toEqual([]);
      settle();
      await Promise.all([leaving, entering]);
      expect(order).toEqual([outcome, 'entered']);
      await leaveModule(modulePath, () => Promise.resolve());
    }
  });

  it('is not entered while its end hangs, and not waited for without end', async () => {
    const { modulePath } = softHsm;
    const end = Promise.withResolvers<undefined>();
    await enterModule(modulePath, CALL_TIMEOUT_MS);
    const leaving = leaveModule(modulePath, () => end.promise);
    await expect(enterModule(modulePath, 1)).rejects.toMatchObject({ code: 'hsm-not-available' });
    end.resolve(undefined);
    await leaving;
    await enterModule(modulePath, CALL_TIMEOUT_MS);
    expect(isSoleUser(modulePath)).toBe(true);
    await leaveModule(modulePath, () => Promise.resolve());
  });

  it('is initialised by one at a time, whatever becomes of the one before', async () => {
    const order: string[] = [];
    const first = Promise.withResolvers<undefined>();
    const failing = inTurn('a module', () => first.promise.finally(() => order.push('first')));
    const next = inTurn('a module', () => Promise.resolve(order.push('second')));
    await inTurn('another module', () => Promise.resolve(order.push('other module')));
    expect(order).toEqual(['other module']);
    first.reject(new Error('hung up'));
    await expect(failing).rejects.toThrow('hung up');
    await next;
    expect(order).toEqual(['other module', 'first', 'second']);
  });

  it('is not ended under a call of another custody, though that is being closed too', async () => {
    const module = await buildFaultyModule(softHsm.directory, softHsm.modulePath);
    if (module === undefined) throw new Error('this test needs a C compiler (Debian: gcc)');
    const { modulePath } = module;
    const world = new TestCustodyWorld();
    const key = createKeyPair('prime256v1');
    const custody = await world.openNode({ ...softHsm, modulePath, callTimeoutMs: CALL_TIMEOUT_MS });
    const other = await world.openNode({ ...softHsm, modulePath });
    const ticket = await world.protect(custody, key, 'open');
    await custody.opens(ticket, 'open');
    await module.order('C_Sign hang');
    await expect(custody.sign(ticket, 'open', testSignatureRequest(key))).rejects.toMatchObject({
      code: 'hsm-not-available',
    });
    // Nobody waits for that signature any more, but it is in the library until the HSM answers.
    const closing = custody.close();
    // So far that nothing but the call is waited for; the other then is the last to close, and not the last in the library.
    await sleep(500);
    await other.close();
    expect(isInitialised(modulePath)).toBe(true);
    await module.heal();
    await closing;
  });

  it('bears that nodes close and open at the same time', async () => {
    const key = createKeyPair('prime256v1');
    for (let round = 0; round < 5; round += 1) {
      const world = new TestCustodyWorld();
      const nodes = await Promise.all(Array.from({ length: 3 }, () => world.openNode(softHsm)));
      for (const node of nodes) await world.protect(node, key, 'open');
      const [next] = await Promise.all([world.openNode(softHsm), ...nodes.map((node) => node.close())]);
      await expect(world.protect(next, key, 'open')).resolves.toBeDefined();
      await world.close();
    }
  });
});

function isInitialised(modulePath: string): boolean {
  const cryptoki = new pkcs11js.PKCS11();
  cryptoki.load(modulePath);
  try {
    cryptoki.C_GetInfo();
    return true;
  } catch {
    return false;
  }
}
