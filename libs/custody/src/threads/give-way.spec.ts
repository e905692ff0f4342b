import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createKeyPair,
  createSoftHsm,
  TestCustodyWorld,
  testSignatureRequest,
  type TestSoftHsm,
} from '@cinnabar/testing';

let softHsm: TestSoftHsm;
beforeAll(async () => {
  softHsm = await createSoftHsm();
});
afterAll(() => softHsm.dispose());

/** proc(5): the niceness is field 19, counted from the name in parentheses, which may hold anything, as 2. */
function threadsThatGiveWay(): readonly string[] {
  return readdirSync('/proc/self/task').filter((thread) => {
    const fields = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[16] === '5';
  });
}

const onLinux = process.platform === 'linux' ? it : it.skip;

describe('threads that sign', () => {
  onLinux(
    'let those that answer go first, which keep their own priority (elsewhere there is no such thing)',
    async () => {
      const before = threadsThatGiveWay();
      const world = new TestCustodyWorld();
      const key = createKeyPair('prime256v1');
      const custody = await world.openNode({ ...softHsm, signingThreads: 1 });
      const ticket = await world.protect(custody, key, 'open');
      await custody.opens(ticket, 'open');
      await custody.sign(ticket, 'open', testSignatureRequest(key));
      const now = threadsThatGiveWay();
      expect(now.length).toBe(before.length + 1);
      expect(now).not.toContain(String(process.pid));
      await world.close();
    },
  );
});
