import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runBeside } from './beside-keyman.ts';
import { addSigner, importFor, PASSWORD, type Signer } from './people.ts';
import { SigningLoad } from './signing-load.ts';
import { TwoNodes } from './two-nodes.ts';

/** Hardly anything stays unlocked: nearly each signature unlocks its key, and moves it where it is under an old KEK. */
const ALWAYS_COLD = { KEYMAN_UNLOCKED_IDLE_MS: '1' };
const SIGNERS = 6;

describe('a KEK that changes under load', () => {
  let world: TwoNodes;
  let onA: Signer[];
  let onB: Signer[];

  beforeAll(async () => {
    world = await TwoNodes.start(ALWAYS_COLD);
    const admin = await world.nodeA.admin();
    onA = [];
    onB = [];
    for (let index = 0; index < SIGNERS; index += 1) {
      const signer = await addSigner(world.nodeA, admin, `signer-${index}`);
      onA.push(signer);
      onB.push({ ...signer, client: await world.nodeB.logIn(signer.userid, PASSWORD) });
    }
  }, 120_000);
  afterAll(() => world.close(), 60_000);

  const keys = (...args: string[]) => runBeside('keys-tool', world.environment, args);
  const keksInUse = async (): Promise<number[]> => {
    const { rows } = await world.client.query<{ kek: number }>(
      'SELECT DISTINCT kek_version AS kek FROM certificate ORDER BY 1',
    );
    return rows.map(({ kek }) => kek);
  };

  it('two nodes sign all the while: keys move, the old KEK ends at zero, and nothing fails', async () => {
    const loads = [new SigningLoad(onA, 6), new SigningLoad(onB, 6)];
    const reach = (more: number) => Promise.all(loads.map((load) => load.reaches(load.signatures.length + more)));
    await reach(20);
    expect(await keksInUse()).toEqual([1]);
    expect(await keys('new-kek')).toMatchObject({ code: 0 });
    // Taken into custody by the node that did not sit beside the tool, and under the new KEK at once.
    await importFor(onB[0]?.client ?? world.nodeB.anyone, 'clara');
    while ((await keksInUse())[0] === 1) await sleep(50);
    expect(await keksInUse()).toEqual([2]);
    expect(await keys('destroy', 'kek', '1', '--yes')).toMatchObject({ code: 0, stderr: '' });
    await reach(40);
    for (const load of loads) await load.stop();
    for (const { answers, lost } of loads) {
      expect([answers.filter(({ code }) => code !== 'K0000'), lost]).toEqual([[], 0]);
    }
    for (const load of [onA, onB]) {
      for (const { client, certid } of load) {
        expect((await client.call('Cert/PinCheck', { cert: { certid, pin: 'Pin-4711-probe' } })).code).toBe('K0000');
      }
    }
    for (const { output } of [world.nodeA, world.nodeB]) expect(output).not.toContain('stays under KEK');
  }, 120_000);
});
