import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { auditDraft, createTestAudit, type TestAudit } from '@cinnabar/testing';

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

describe('a guard', () => {
  const guard = (version: number, certid = 'A') => ({
    certid,
    certificateVersion: version,
    slotId: null,
    slotVersion: null,
  });

  it('that holds lets the signature out, and one that does not has it recorded as refused', async () => {
    const trail = await audit.openTrail();
    await audit.server.query("INSERT INTO held VALUES ('A', 1, false), ('B', 4, true)");
    const [fresh, stale, gone, unguarded] = await Promise.all([
      trail.seal(auditDraft({ data: 'fresh' }), [guard(1)]),
      trail.seal(auditDraft({ data: 'stale' }), [guard(1), guard(4, 'B')]),
      trail.seal(auditDraft({ data: 'gone' }), [guard(1, 'C')]),
      trail.seal(auditDraft({ data: 'unguarded' })),
    ]);
    expect([fresh, stale, gone, unguarded].map(({ verdict }) => verdict)).toEqual([
      'sealed',
      'stale',
      'stale',
      'sealed',
    ]);
    expect(
      await audit.server.query(
        "SELECT data, success, info, error_code FROM audit_record WHERE category = 'Sign' ORDER BY data",
      ),
    ).toMatchObject([
      { data: 'fresh', success: true },
      { data: 'gone', success: false, info: 'refused: the certificate was changed', error_code: 'K0011' },
      { data: 'stale', success: false },
      { data: 'unguarded', success: true },
    ]);
    expect(await audit.verify()).toMatchObject({ intact: true, links: 5 });
  });

  it('never lets a signature out that began after the answer to its disabling', async () => {
    const trail = await audit.openTrail();
    for (let round = 1; round <= 20; round += 1) {
      await audit.server.query('INSERT INTO held VALUES ($1, 1, false)', [`R${round}`]);
      let disabledAt = Infinity;
      const disabling = (async () => {
        await new Promise((resolve) => setTimeout(resolve, round % 7));
        await audit.server.query('UPDATE held SET disabled = true, version = 2 WHERE certid = $1', [`R${round}`]);
        disabledAt = performance.now();
      })();
      const begun: { at: number; verdict: string }[] = [];
      const signer = async (): Promise<void> => {
        for (let tries = 0; tries < 8; tries += 1) {
          const at = performance.now();
          const { verdict } = await trail.seal(auditDraft(), [guard(1, `R${round}`)]);
          begun.push({ at, verdict });
        }
      };
      await Promise.all([disabling, signer(), signer(), signer(), signer()]);
      expect(begun.filter(({ at, verdict }) => at > disabledAt && verdict === 'sealed')).toEqual([]);
      expect(begun.some(({ verdict }) => verdict === 'stale')).toBe(true);
    }
    expect(await audit.verify()).toMatchObject({ intact: true });
  }, 30_000);

  it('waits for a change that is being made: committed, it refuses; rolled back, it releases', async () => {
    const trail = await audit.openTrail();
    await audit.server.query("INSERT INTO held VALUES ('A', 1, false), ('B', 1, false)");
    const changer = audit.server.createQueryRunner();
    const settled: string[] = [];
    const attempt = async (certid: string): Promise<void> => {
      const { verdict } = await trail.seal(auditDraft({ data: certid }), [guard(1, certid)]);
      settled.push(verdict);
    };
    for (const [certid, end] of [
      ['A', 'COMMIT'],
      ['B', 'ROLLBACK'],
    ] as const) {
      await changer.query('BEGIN');
      await changer.query('UPDATE held SET version = 2 WHERE certid = $1', [certid]);
      const waiting = attempt(certid);
      await new Promise((resolve) => setTimeout(resolve, 100));
      await changer.query(end);
      await waiting;
    }
    await changer.release();
    expect(settled).toEqual(['stale', 'sealed']);
  });

  it('on a row that somebody holds for long does not keep others waiting, and refuses in the end', async () => {
    const trail = await audit.openTrail();
    await audit.server.query("INSERT INTO held VALUES ('A', 1, false), ('B', 1, false)");
    const changer = audit.server.createQueryRunner();
    await changer.query('BEGIN');
    await changer.query("UPDATE held SET version = 2 WHERE certid = 'A'");
    const begunAt = performance.now();
    const [stuck, free, unguarded] = await Promise.all([
      trail.seal(auditDraft(), [guard(1)]),
      trail.seal(auditDraft(), [guard(1, 'B')]),
      trail.seal(auditDraft()),
    ]);
    expect(performance.now() - begunAt).toBeLessThan(3_000);
    await changer.query('ROLLBACK');
    await changer.release();
    expect([stuck.verdict, free.verdict, unguarded.verdict]).toEqual(['stale', 'sealed', 'sealed']);
    expect(await audit.verify()).toMatchObject({ intact: true, links: 4 });
  });
});
