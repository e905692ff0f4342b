import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addUser, importFor, PASSWORD, PIN, pki, type Signer } from './people.ts';
import { RestCaller, type Answer } from './rest-caller.ts';
import { signOnce, SigningLoad } from './signing-load.ts';
import { TwoNodes } from './two-nodes.ts';

const CLIENTS = 8;

/** The change goes to one node while both sign: nothing is released once it has been answered. */
describe('a change under a load over two nodes', () => {
  let nodes: TwoNodes;
  let admin: RestCaller;
  let users = 0;

  beforeAll(async () => {
    nodes = await TwoNodes.start();
    admin = await nodes.nodeA.admin();
  }, 120_000);
  afterAll(() => nodes.close(), 60_000);

  /** One user on both nodes, by one session. */
  async function signers(): Promise<[Signer, Signer]> {
    const userid = `signer-${++users}`;
    await addUser(admin, userid);
    const onA = await nodes.nodeA.logIn(userid, PASSWORD);
    const onB = new RestCaller(nodes.nodeB.url, onA.token);
    const signer = { userid, certid: await importFor(onA, 'clara'), identity: pki.identity('clara') };
    return [
      { ...signer, client: onA },
      { ...signer, client: onB },
    ];
  }

  const released = async (certid: string): Promise<number> => {
    const { rows } = await nodes.client.query<{ count: number }>(
      "SELECT count(*)::int FROM audit_record WHERE certid = $1 AND success AND action = 'Hash'",
      [certid],
    );
    return rows[0]?.count ?? -1;
  };
  const setting = ({ certid, client }: Signer, disabled: boolean): Promise<Answer> =>
    client.call('Cert/Set', { cert: { certid, disabled } });

  it.each([
    ['Cert/Set {disabled: true}', { disabled: true }, 'K0011 The certificate is disabled'],
    ['Cert/Del', {}, 'K0006 There is no such certificate'],
  ])(
    'after the answer of %s no signature is released on any node, also none that was made before',
    async (name, members, afterwards) => {
      const [onA, onB] = await signers();
      const { certid } = onA;
      const load = new SigningLoad([onA, onB], CLIENTS);
      await load.reaches(60);
      const operation = name.split(' ')[0] ?? '';
      expect((await onA.client.call(operation, { cert: { certid, ...members } })).code).toBe('K0000');
      const answeredAtMs = performance.now();
      const before = await released(certid);
      await load.goesOnAfter(answeredAtMs);
      await load.stop();

      expect(load.lost).toBe(0);
      const later = load.answers.filter(({ sentAtMs }) => sentAtMs > answeredAtMs);
      expect(later.length).toBeGreaterThan(0);
      expect([...new Set(later.map(({ code, message }) => `${code} ${message}`))]).toEqual([afterwards]);
      // Whatever was in flight at the answer: no record says that it was released.
      expect(await released(certid)).toBe(before);
      expect(load.signatures.length).toBeLessThanOrEqual(before);
      for (const { code } of load.answers) expect(['K0000', 'K0006', 'K0008', 'K0011']).toContain(code);
    },
  );

  it('switched on and off from both nodes: what is answered last holds on both', async () => {
    const [onA, onB] = await signers();
    for (let round = 0; round < 8; round += 1) {
      const [here, there] = round % 2 === 0 ? [onA, onB] : [onB, onA];
      expect((await setting(here, true)).code).toBe('K0000');
      for (const signer of [there, here]) expect((await signOnce(signer, { app: 'off' })).code).toBe('K0011');
      expect((await setting(there, false)).code).toBe('K0000');
      for (const signer of [here, there]) expect((await signOnce(signer, { app: 'on' })).code).toBe('K0000');
    }
  });

  it('a key that is unlocked on both nodes signs on neither once it is deleted, and nothing of it is left', async () => {
    const [onA, onB] = await signers();
    for (const signer of [onA, onB]) expect((await signOnce(signer, { app: 'warm' })).code).toBe('K0000');
    expect((await onA.client.call('Cert/Del', { certid: onA.certid })).body).toMatchObject({ result: true });
    for (const signer of [onA, onB]) expect((await signOnce(signer, { app: 'gone' })).code).toBe('K0006');
    for (const table of ['certificate', 'key_slot']) {
      const { rows } = await nodes.client.query(`SELECT certid FROM ${table} WHERE certid = $1`, [onA.certid]);
      expect(rows).toEqual([]);
    }
  });

  it('a renamed certificate goes on signing on both nodes', async () => {
    const [onA, onB] = await signers();
    const load = new SigningLoad([onA, onB], CLIENTS);
    await load.reaches(20);
    for (const name of ['one', 'another', 'a third'])
      expect((await onB.client.call('Cert/Set', { cert: { certid: onA.certid, name } })).code).toBe('K0000');
    const reached = load.signatures.length;
    await load.reaches(reached + 20);
    await load.stop();
    expect(load.answers.filter(({ isSignature }) => !isSignature)).toEqual([]);
    expect((await onA.client.call('Cert/PinCheck', { certid: onA.certid, pin: PIN })).code).toBe('K0000');
  });
});
