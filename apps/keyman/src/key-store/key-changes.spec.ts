import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KeyCustody, SlotTicket } from '@cinnabar/custody';
import { clientConfig, connectDataSource } from '@cinnabar/persistence';
import { createKeyPair, createPostgres, TestCustodyWorld, type TestPostgres } from '@cinnabar/testing';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { KeyChangeListener } from './key-change-listener.ts';
import { KEY_CHANGES_CHANNEL, KeyChanges, readKeyChange } from './key-changes.ts';

const PIN = 'Pin-4711-probe';
const CERTID = '0123456789AB';
const NODE = '0123456789abcdef';
/** When a state that does not come is given up; far beyond what a busy machine takes. */
const LIMIT_MS = 20_000;

describe('a key change’s announcement', () => {
  it.each([
    [`${CERTID} ${NODE}`, { certid: CERTID, node: NODE }],
    [CERTID, { certid: CERTID, node: undefined }],
    ['', undefined],
    [undefined, undefined],
    [CERTID.toLowerCase(), undefined],
    [`${CERTID} ${NODE} more`, undefined],
  ])('%j is read as %j', (payload, change) => {
    expect(readKeyChange(payload)).toEqual(change);
  });
});

/** Two vaults on one real database, each with a key of that certid; node A makes the changes, node B has to hear of them. */
describe('key changes between nodes', () => {
  const worlds = [new TestCustodyWorld(), new TestCustodyWorld()] as const;
  let postgres: TestPostgres;
  let dataSource: DataSource;
  let attacker: pg.Client;
  let custodyA: KeyCustody;
  let custodyB: KeyCustody;
  let changes: KeyChanges;
  let listeners: KeyChangeListener[];
  /** How often each node's listener emptied the vault: once when it lost the connection, once when it was back. */
  const clears = [0, 0];
  let ticketA: SlotTicket;
  let ticketB: SlotTicket;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    postgres = await createPostgres();
    dataSource = await connectDataSource(postgres.server, { applicationName: 'spec', poolSize: 2, entities: [] });
    attacker = new pg.Client(clientConfig(postgres.superuser, { applicationName: 'spec' }));
    await attacker.connect();
    custodyA = worlds[0].openMemoryNode();
    custodyB = worlds[1].openMemoryNode();
    changes = new KeyChanges(custodyA, dataSource);
    const open = (index: 0 | 1, custody: KeyCustody, node: string) => {
      const counted: Pick<KeyCustody, 'evict' | 'clear' | 'refreshRootKeys'> = {
        evict: (certid) => custody.evict(certid),
        refreshRootKeys: () => custody.refreshRootKeys(),
        clear: () => {
          clears[index] = (clears[index] ?? 0) + 1;
          return custody.clear();
        },
      };
      return KeyChangeListener.open({ address: postgres.server, custody: counted, node, pulseMs: 1_000 });
    };
    listeners = [await open(0, custodyA, changes.node), await open(1, custodyB, NODE)];
    ticketA = await protect(worlds[0], custodyA);
    ticketB = await protect(worlds[1], custodyB);
  }, 60_000);
  afterAll(async () => {
    for (const listener of listeners) await listener.close();
    await attacker.end();
    await dataSource.destroy();
    for (const world of worlds) await world.close();
    await postgres.close();
  });

  const unlockedKeys = () => [custodyA, custodyB].map((custody) => custody.health().unlockedKeys);
  const unlockBoth = async () => {
    await custodyA.opens(ticketA, PIN);
    await custodyB.opens(ticketB, PIN);
    expect(unlockedKeys()).toEqual([1, 1]);
  };
  const reaches = async (state: () => unknown, wanted: unknown): Promise<void> => {
    const deadline = performance.now() + LIMIT_MS;
    while (JSON.stringify(await state()) !== JSON.stringify(wanted) && performance.now() < deadline) await sleep(5);
    expect(await state()).toEqual(wanted);
  };

  it('the other node forgets the key at the commit and not before; one’s own is for oneself to forget', async () => {
    await unlockBoth();
    await dataSource.transaction(async (manager) => {
      await changes.announce(manager, CERTID);
      await sleep(100);
      expect(unlockedKeys()).toEqual([1, 1]);
    });
    await reaches(unlockedKeys, [1, 0]);
    await changes.evictHere(CERTID);
    expect(unlockedKeys()).toEqual([0, 0]);
  });

  it('a change that is rolled back is not announced', async () => {
    await unlockBoth();
    const undone = dataSource.transaction(async (manager) => {
      await changes.announce(manager, CERTID);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    await sleep(100);
    expect(unlockedKeys()).toEqual([1, 1]);
  });

  it('another certificate’s change leaves the key alone; one that names no node reaches all', async () => {
    await unlockBoth();
    await dataSource.query('SELECT pg_notify($1, $2)', [KEY_CHANGES_CHANNEL, 'FFFFFFFFFFFF']);
    await sleep(100);
    expect(unlockedKeys()).toEqual([1, 1]);
    await dataSource.query('SELECT pg_notify($1, $2)', [KEY_CHANGES_CHANNEL, CERTID]);
    await reaches(unlockedKeys, [0, 0]);
  });

  it('an announcement that cannot be understood empties the vault', async () => {
    await unlockBoth();
    await dataSource.query('SELECT pg_notify($1, $2)', [KEY_CHANGES_CHANNEL, 'whatever']);
    await reaches(unlockedKeys, [0, 0]);
  });

  it('a lock that many callers find at once is announced once', async () => {
    await unlockBoth();
    const heard: (string | undefined)[] = [];
    const listening = new pg.Client(clientConfig(postgres.server, { applicationName: 'spec' }));
    await listening.connect();
    listening.on('notification', ({ payload }) => heard.push(payload));
    await listening.query(`LISTEN ${KEY_CHANGES_CHANNEL}`);
    await Promise.all(Array.from({ length: 40 }, () => changes.locked(CERTID)));
    await reaches(unlockedKeys, [1, 0]);
    // Notifications come in the order of the commits: with the last of ours all before it are here.
    await dataSource.query('SELECT pg_notify($1, $2)', [KEY_CHANGES_CHANNEL, 'FFFFFFFFFFFF']);
    await reaches(() => heard.at(-1), 'FFFFFFFFFFFF');
    expect(heard).toEqual([`${CERTID} ${changes.node}`, 'FFFFFFFFFFFF']);
    await listening.end();
  });

  const LISTENING = "FROM pg_stat_activity WHERE application_name = 'keyman key changes'";
  /** Waits for what each listener does when it is back, so that nothing unlocked after it is forgotten. */
  const areBack = (before: readonly number[]) =>
    reaches(() => clears.map((count, index) => count >= (before[index] ?? 0) + 2), [true, true]);
  const countListening = async () =>
    (await attacker.query<{ count: string }>(`SELECT count(*) ${LISTENING}`)).rows[0]?.count;

  it('a lost listener empties the vault, listens again by itself, and hears what comes then', async () => {
    await unlockBoth();
    const before = [...clears];
    const { rows } = await attacker.query<{ pid: number }>(`SELECT pg_terminate_backend(pid), pid ${LISTENING}`);
    expect(rows).toHaveLength(2);
    await reaches(unlockedKeys, [0, 0]);
    await reaches(countListening, '2');
    // The return empties it once more; a key that is unlocked after that stays until a change.
    await areBack(before);
    await unlockBoth();
    await dataSource.query('SELECT pg_notify($1, $2)', [KEY_CHANGES_CHANNEL, CERTID]);
    await reaches(unlockedKeys, [0, 0]);
  });

  it('a connection that has gone silent counts as lost', async () => {
    await unlockBoth();
    const before = [...clears];
    const { rows } = await attacker.query<{ pid: number }>(`SELECT pid ${LISTENING}`);
    expect(rows).toHaveLength(2);
    for (const { pid } of rows) process.kill(pid, 'SIGSTOP');
    try {
      await reaches(unlockedKeys, [0, 0]);
      // The silent ones are still there, and two new ones beside them.
      await reaches(countListening, '4');
    } finally {
      for (const { pid } of rows) process.kill(pid, 'SIGCONT');
    }
    await reaches(countListening, '2');
    await areBack(before);
    await unlockBoth();
    await dataSource.query('SELECT pg_notify($1, $2)', [KEY_CHANGES_CHANNEL, CERTID]);
    await reaches(unlockedKeys, [0, 0]);
  });

  it('a closed listener hears nothing and does not come back', async () => {
    for (const listener of listeners.splice(0)) await listener.close();
    await unlockBoth();
    await dataSource.query('SELECT pg_notify($1, $2)', [KEY_CHANGES_CHANNEL, CERTID]);
    await sleep(300);
    expect(unlockedKeys()).toEqual([1, 1]);
    expect(await countListening()).toBe('0');
  });
});

async function protect({ slotStore }: TestCustodyWorld, custody: KeyCustody): Promise<SlotTicket> {
  const { pkcs8Der, spkiDer } = createKeyPair('P-256');
  return slotStore.add(
    await custody.protect({
      certid: CERTID,
      holder: 'ana',
      privateKeyPkcs8Der: pkcs8Der,
      publicKeySpkiDer: spkiDer,
      pin: PIN,
    }),
  );
}
