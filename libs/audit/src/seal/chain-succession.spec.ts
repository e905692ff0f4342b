import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Transactions } from '@cinnabar/persistence';
import { auditDraft, createTestAudit, type TestAudit } from '@cinnabar/testing';

const ENOUGH_MS = 3_600_000;

let audit: TestAudit;

beforeAll(async () => {
  audit = await createTestAudit();
}, 60_000);
afterAll(() => audit.close());
beforeEach(() => audit.clear());

interface Extent {
  readonly chain: string;
  readonly links: number;
  readonly open: boolean;
}

/** Every chain, and whether a process holds it open. */
async function chains(): Promise<readonly Extent[]> {
  const extents: Extent[] = await audit.owner.query(
    `SELECT chain::text, count(*)::int AS links,
            EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 1096107092 AND objid::bigint = chain) AS open
       FROM audit_chain GROUP BY chain ORDER BY audit_chain.chain`,
  );
  return extents;
}

describe('a process that lives long', () => {
  it('goes on with a new chain after so many records, and loses none', async () => {
    const trail = await audit.openTrail({ chainLimits: { maxAgeMs: ENOUGH_MS, maxRecords: 50 } });
    const sealed = await Promise.all(Array.from({ length: 400 }, () => trail.seal(auditDraft())));
    expect(new Set(sealed.map(({ auditid }) => auditid)).size).toBe(400);
    const seen = await chains();
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.reduce((sum, { links }) => sum + links, 0)).toBe(400 + seen.length);
    // All but the last are closed, as those of ended processes are.
    expect(seen.map(({ open }) => open)).toEqual(seen.map((_, index) => index === seen.length - 1));
    expect(String(trail.chain)).toBe(seen.at(-1)?.chain);
    expect(await audit.verify()).toMatchObject({ intact: true, chains: seen.length, waiting: 0 });
  });

  it('goes on with a new chain when the present one is old', async () => {
    const trail = await audit.openTrail({ chainLimits: { maxAgeMs: 1, maxRecords: 1_000 } });
    for (let index = 0; index < 3; index += 1) {
      await trail.seal(auditDraft());
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await chains()).length).toBeGreaterThanOrEqual(3);
    expect(await audit.verify()).toMatchObject({ intact: true });
  });

  it('remembers in each new chain how far the one before had come', async () => {
    const trail = await audit.openTrail({ chainLimits: { maxAgeMs: ENOUGH_MS, maxRecords: 5 } });
    for (let index = 0; index < 12; index += 1) await trail.seal(auditDraft());
    const [first, second] = await chains();
    const cut = await audit.tamper([
      `DELETE FROM audit_record USING audit_chain AS link
        WHERE link.auditid = audit_record.auditid AND link.chain = ${first?.chain} AND seq = 5`,
      `DELETE FROM audit_chain WHERE chain = ${first?.chain} AND seq = 5`,
    ]);
    expect(cut.problems[0]).toMatchObject({ kind: 'chain-cut', chain: first?.chain, seq: '5' });
    const [start]: { info: string }[] = await audit.server.query(
      'SELECT info FROM audit_record JOIN audit_chain USING (auditid) WHERE chain = $1 AND seq = 1',
      [second?.chain],
    );
    expect(start?.info).toBe(`audit chain ${second?.chain} begins; its process goes on from chain ${first?.chain}`);
  });

  it('links records of changes that were committed before the new chain began', async () => {
    const trail = await audit.openTrail({ chainLimits: { maxAgeMs: ENOUGH_MS, maxRecords: 3 } });
    const tickets = await Promise.all(
      Array.from({ length: 6 }, () =>
        new Transactions(audit.server).run((manager) => trail.append(manager, auditDraft())),
      ),
    );
    for (let index = 0; index < 7; index += 1) await trail.seal(auditDraft());
    // Another process starts in between, and sees an unlinked record of a chain that nobody holds any more.
    const other = await audit.openTrail();
    for (const ticket of tickets) expect(await trail.seal(ticket)).toMatchObject({ verdict: 'sealed' });
    await other.seal(auditDraft());
    expect(await audit.verify()).toMatchObject({ intact: true, waiting: 0 });
  });

  it('stays in its chain where the next cannot be begun, and loses no record over it', async () => {
    const trail = await audit.openTrail({ chainLimits: { maxAgeMs: ENOUGH_MS, maxRecords: 3 } });
    await audit.owner.query('REVOKE USAGE ON SEQUENCE audit_chain_id FROM keyman');
    try {
      for (let index = 0; index < 8; index += 1) await trail.seal(auditDraft());
    } finally {
      await audit.owner.query('GRANT USAGE ON SEQUENCE audit_chain_id TO keyman');
    }
    expect(await chains()).toMatchObject([{ links: 9, open: true }]);
    expect(await audit.verify()).toMatchObject({ intact: true, links: 9 });
  });

  it('survives the loss of its connection around the change of chains', async () => {
    const trail = await audit.openTrail({ chainLimits: { maxAgeMs: ENOUGH_MS, maxRecords: 10 } });
    // A role may end its own connections.
    const kill = setInterval(() => {
      void audit.server.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cinnabar sealer'",
      );
    }, 70);
    const answers = await Promise.allSettled(
      Array.from({ length: 200 }, async (_, index) => {
        await new Promise((resolve) => setTimeout(resolve, index * 3));
        return await trail.seal(auditDraft({ data: `record ${index}` }));
      }),
    );
    clearInterval(kill);
    const sealed = answers.filter(({ status }) => status === 'fulfilled').length;
    const [{ linked } = { linked: 0 }]: { linked: number }[] = await audit.server.query(
      "SELECT count(*)::int AS linked FROM audit_record JOIN audit_chain USING (auditid) WHERE data LIKE 'record %'",
    );
    expect(sealed).toBeGreaterThan(0);
    expect(linked).toBeGreaterThanOrEqual(sealed);
    expect(await audit.verify()).toMatchObject({ intact: true });
  });

  it('begins another chain where its own was removed while its connection was down', async () => {
    const trail = await audit.openTrail();
    await trail.seal(auditDraft());
    const former = trail.chain;
    await audit.owner.query('TRUNCATE audit_record, audit_chain');
    await audit.server.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cinnabar sealer'",
    );
    expect(await trail.seal(auditDraft())).toMatchObject({ verdict: 'sealed' });
    expect(trail.chain).toBeGreaterThan(former);
    expect(await chains()).toMatchObject([{ chain: String(trail.chain), links: 2, open: true }]);
    expect(await audit.verify()).toMatchObject({ intact: true, chains: 1, links: 2 });
  });
});
