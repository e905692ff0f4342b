import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connectDataSource, requireAppendOnly, Transactions } from '@cinnabar/persistence';
import { auditDraft, createTestAudit, TEST_SEALER, type TestAudit } from '@cinnabar/testing';
import { AUDIT_TABLES, type AuditTrail } from './index.ts';

let audit: TestAudit;

beforeAll(async () => {
  audit = await createTestAudit();
}, 60_000);

afterAll(async () => {
  await audit.close();
});

beforeEach(async () => {
  await audit.clear();
});

describe('sealed records', () => {
  it('stand in one unbroken chain, in the order of their sealing, whatever comes at once', async () => {
    const trail = await audit.openTrail();
    const sealed = await Promise.all(
      Array.from({ length: 300 }, (_, index) => trail.seal(auditDraft({ data: `${index}` }))),
    );
    expect(new Set(sealed.map(({ auditid }) => auditid)).size).toBe(300);
    const rows: { data: string }[] = await audit.server.query(
      'SELECT data FROM audit_chain JOIN audit_record USING (auditid) WHERE seq > 1 ORDER BY seq',
    );
    expect(rows.map(({ data }) => data)).toEqual(Array.from({ length: 300 }, (_, index) => `${index}`));
    expect(await audit.verify()).toMatchObject({ intact: true, chains: 1, links: 301, waiting: 0 });
  });

  it('go through more than one block of numbers', async () => {
    const trail = await audit.openTrail();
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(Array.from({ length: 500 }, () => trail.seal(auditDraft())));
    }
    expect(await audit.verify()).toMatchObject({ intact: true, links: 2_501 });
  });

  it('keep what callers sent on one line, well-formed and within bounds', async () => {
    const trail = await audit.openTrail();
    await trail.seal(auditDraft({ app: 'a\r\nb\u0000\u202Ec\uD800', userid: '𝕏'.repeat(10_000), info: '' }));
    const [row]: { app: string; userid: string; info: string }[] = await audit.server.query(
      "SELECT app, userid, info FROM audit_record WHERE category = 'Sign'",
    );
    expect(row?.app).toBe('a\ufffd\ufffdb\ufffd\ufffdc\ufffd');
    expect(row?.userid).toBe(`${'𝕏'.repeat(254)}…`);
    expect(row?.info).toBe('');
    expect(await audit.verify()).toMatchObject({ intact: true });
  });

  it('have dates to the microsecond', async () => {
    const trail = await audit.openTrail();
    for (let index = 0; index < 20; index += 1) await trail.seal(auditDraft());
    const [row]: { fractions: number }[] = await audit.server.query(
      'SELECT count(DISTINCT extract(microseconds FROM recorded_at)::bigint % 1000)::int AS fractions FROM audit_record',
    );
    expect(row?.fractions).toBeGreaterThan(5);
  });

  describe('while others are on their way', () => {
    const FOREVER_MS = 2 ** 31 - 1;

    async function trailWith(operations: number, lingerMs: number): Promise<AuditTrail> {
      const trail = await audit.openTrail({ sealer: { ...TEST_SEALER, lingerMs, busyOperations: 2 } });
      for (let begun = 0; begun < operations; begun += 1) trail.operationBegan();
      return trail;
    }

    async function transactions(): Promise<number | undefined> {
      const [row]: { count: number }[] = await audit.server.query(
        "SELECT count(DISTINCT xmin::text)::int AS count FROM audit_record WHERE category = 'Sign'",
      );
      return row?.count;
    }

    it('wait for those, until too few are left to keep the machine busy', async () => {
      const trail = await trailWith(4, FOREVER_MS);
      const first = trail.seal(auditDraft());
      await sleep(50);
      const second = trail.seal(auditDraft());
      await sleep(50);
      expect(await transactions()).toBe(0);
      await Promise.all([first, second, trail.seal(auditDraft())]);
      expect(await transactions()).toBe(1);
    });

    it('wait for a full batch at the most', async () => {
      const trail = await trailWith(100, FOREVER_MS);
      await Promise.all(Array.from({ length: TEST_SEALER.batchRecords }, () => trail.seal(auditDraft())));
      expect(await transactions()).toBe(1);
    });

    it('wait for so long at the most', async () => {
      const trail = await trailWith(4, 20);
      await trail.seal(auditDraft());
      expect(await transactions()).toBe(1);
    });

    it('do not wait for few', async () => {
      const trail = await trailWith(2, FOREVER_MS);
      await trail.seal(auditDraft());
      await trail.seal(auditDraft());
      expect(await transactions()).toBe(2);
    });
  });

  it('are refused beyond the bound of the queue', async () => {
    const trail = await audit.openTrail({ sealer: { ...TEST_SEALER, queueRecords: 10, batchRecords: 1 } });
    const answers = await Promise.allSettled(Array.from({ length: 50 }, () => trail.seal(auditDraft())));
    const refusals = answers.filter(({ status }) => status === 'rejected');
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals[0]).toMatchObject({ reason: { code: 'too-many-requests' } });
    expect(await audit.verify()).toMatchObject({ intact: true, links: 51 - refusals.length });
  });
});

describe('a change and its record', () => {
  it('are committed together and sealed afterwards', async () => {
    const trail = await audit.openTrail();
    const ticket = await new Transactions(audit.server).run(async (manager) => {
      await manager.query("INSERT INTO held VALUES ('A', 1, false)");
      return await trail.append(manager, auditDraft());
    });
    expect(await audit.verify()).toMatchObject({ intact: true, links: 1, waiting: 1 });
    expect(await trail.seal(ticket)).toMatchObject({ verdict: 'sealed' });
    expect(await audit.verify()).toMatchObject({ intact: true, links: 2, waiting: 0 });
  });

  it('are rolled back together, and a ticket without its commit is never sealed', async () => {
    const trail = await audit.openTrail();
    let lost: Awaited<ReturnType<AuditTrail['append']>> | undefined;
    const failing = new Transactions(audit.server).run(async (manager) => {
      lost = await trail.append(manager, auditDraft());
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    if (lost === undefined) throw new Error('no ticket');
    const [answer, other] = await Promise.allSettled([trail.seal(lost), trail.seal(auditDraft())]);
    expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'internal' } });
    expect(other.status).toBe('fulfilled');
    expect(await audit.verify()).toMatchObject({ intact: true, links: 2 });
  });
});

describe('a database that goes away', () => {
  it('costs no record and gives none twice, wherever the connection breaks', async () => {
    const trail = await audit.openTrail();
    const admin = await connectDataSource(audit.postgres.superuser, {
      applicationName: 'specs',
      poolSize: 2,
      entities: [],
    });
    const breaker = { isRunning: true };
    const breaking = (async () => {
      while (breaker.isRunning) {
        await new Promise((resolve) => setTimeout(resolve, 25));
        await admin.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cinnabar sealer'",
        );
      }
    })();
    const client = async (): Promise<void> => {
      for (let index = 0; index < 40; index += 1) await trail.seal(auditDraft());
    };
    await Promise.all([client(), client(), client(), client()]);
    breaker.isRunning = false;
    await breaking;
    await admin.destroy();
    const verdict = await audit.verify();
    expect(verdict).toMatchObject({ intact: true, chains: 1, links: 161 });
  }, 60_000);

  it('is told to those whose time runs out, and the chain goes on when it is back', async () => {
    const trail = await audit.openTrail({ sealer: { ...TEST_SEALER, timeoutMs: 300 } });
    await audit.owner.query('ALTER TABLE audit_chain RENAME TO audit_chain_away');
    await expect(trail.seal(auditDraft())).rejects.toMatchObject({ code: 'internal' });
    await audit.owner.query('ALTER TABLE audit_chain_away RENAME TO audit_chain');
    await trail.seal(auditDraft());
    expect(await audit.verify()).toMatchObject({ intact: true, links: 2 });
  });
});

describe('two processes', () => {
  it('each have a chain, and what one left unsealed when it was killed the next one seals', async () => {
    const script = `
      import { AuditTrail } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
      import { systemClock } from '@cinnabar/core';
      import { connectDataSource } from '@cinnabar/persistence';
      const address = ${JSON.stringify(audit.postgres.server)};
      const trail = await AuditTrail.open({ address, clock: systemClock, sealer: ${JSON.stringify(TEST_SEALER)} });
      const dataSource = await connectDataSource(address, { applicationName: 'victim', poolSize: 2, entities: [] });
      await trail.seal({ category: 'Sign', action: 'Hash', success: true });
      await dataSource.transaction((manager) => trail.append(manager, { category: 'User', action: 'Add', success: true, userid: 'é' }));
      process.stdout.write('committed');
      setInterval(() => {}, 1000);`;
    const victim = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: new URL('.', import.meta.url).pathname,
    });
    await once(victim.stdout, 'data');
    const living = await audit.openTrail();
    expect(await audit.verify()).toMatchObject({ intact: true, chains: 2, links: 3, waiting: 1 });
    victim.kill('SIGKILL');
    await once(victim, 'exit');
    await living.seal(auditDraft());
    expect(await audit.verify()).toMatchObject({ waiting: 1 });
    const next = await audit.openTrail();
    expect(await audit.verify()).toMatchObject({ intact: true, chains: 3, links: 6, waiting: 0 });
    const [heir]: { chain: string }[] = await audit.server.query(
      "SELECT chain::text FROM audit_chain JOIN audit_record USING (auditid) WHERE userid = 'é'",
    );
    expect(heir?.chain).toBe(String(next.chain));
  }, 30_000);
});

describe('the role of the server', () => {
  it.each([
    "UPDATE audit_record SET info = ''",
    'DELETE FROM audit_record',
    'TRUNCATE audit_record',
    'UPDATE audit_chain SET hash = hash',
    'DELETE FROM audit_chain',
    'TRUNCATE audit_chain',
    'DROP TABLE audit_chain',
    'ALTER TABLE audit_record DISABLE TRIGGER ALL',
    "SELECT setval('audit_id_block', 1)",
  ])('cannot %s', async (statement) => {
    await expect(audit.server.query(statement)).rejects.toThrow(/permission denied|must be owner/);
  });

  it('is judged append-only', async () => {
    await requireAppendOnly(audit.server, AUDIT_TABLES);
  });
});
