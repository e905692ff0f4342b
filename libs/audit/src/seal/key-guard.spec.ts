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
      trail.seal(auditDraft({ data: 'fresh' }), { keys: [guard(1)] }),
      trail.seal(auditDraft({ data: 'stale' }), { keys: [guard(1), guard(4, 'B')] }),
      trail.seal(auditDraft({ data: 'gone' }), { keys: [guard(1, 'C')] }),
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
      // Goes on until the disabling was answered and for some tries more, however fast the machine is.
      const signer = async (): Promise<void> => {
        for (let tries = 0, triesAfter = 0; triesAfter < 3 && tries < 2_000; tries += 1) {
          const at = performance.now();
          if (at > disabledAt) triesAfter += 1;
          const { verdict } = await trail.seal(auditDraft(), { keys: [guard(1, `R${round}`)] });
          begun.push({ at, verdict });
        }
      };
      await Promise.all([disabling, signer(), signer(), signer(), signer()]);
      const begunAfter = begun.filter(({ at }) => at > disabledAt);
      expect(begunAfter.map(({ verdict }) => verdict)).toEqual(Array.from({ length: 12 }, () => 'stale'));
    }
    expect(await audit.verify()).toMatchObject({ intact: true });
  }, 60_000);

  it('waits for a change that is being made: committed, it refuses; rolled back, it releases', async () => {
    const trail = await audit.openTrail();
    await audit.server.query("INSERT INTO held VALUES ('A', 1, false), ('B', 1, false)");
    const changer = audit.server.createQueryRunner();
    const settled: string[] = [];
    const attempt = async (certid: string): Promise<void> => {
      const { verdict } = await trail.seal(auditDraft({ data: certid }), { keys: [guard(1, certid)] });
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
    // Held until all have their answer: whoever waited for the holder would wait for ever.
    const [stuck, free, unguarded] = await Promise.all([
      trail.seal(auditDraft(), { keys: [guard(1)] }),
      trail.seal(auditDraft(), { keys: [guard(1, 'B')] }),
      trail.seal(auditDraft()),
    ]);
    await changer.query('ROLLBACK');
    await changer.release();
    expect([stuck.verdict, free.verdict, unguarded.verdict]).toEqual(['stale', 'sealed', 'sealed']);
    expect(await audit.verify()).toMatchObject({ intact: true, links: 4 });
  });

  it('holds for all that bring the same one, or for none of them', async () => {
    const trail = await audit.openTrail();
    await audit.server.query("INSERT INTO held VALUES ('A', 1, false)");
    const [fresh, stale] = [guard(1), guard(2)];
    const sealed = await Promise.all(
      [fresh, stale, fresh, stale, fresh].map((each) => trail.seal(auditDraft(), { keys: [each] })),
    );
    expect(sealed.map(({ verdict }) => verdict)).toEqual(['sealed', 'stale', 'sealed', 'stale', 'sealed']);
    expect(await audit.verify()).toMatchObject({ intact: true, links: 6 });
  });

  it('of a remembered row fails after any change of it, also one that is being made', async () => {
    const trail = await audit.openTrail();
    await audit.server.query("INSERT INTO held VALUES ('A', 1, false)");
    const read = async () => {
      const [row] = await audit.server.query<{ standing: string }[]>('SELECT xmin::text AS standing FROM held');
      return { ...guard(1), certificateStanding: row?.standing ?? '' };
    };
    const remembered = await read();
    const seal = async (key: Awaited<ReturnType<typeof read>>) =>
      (await trail.seal(auditDraft(), { keys: [key] })).verdict;
    expect(await seal(remembered)).toBe('sealed');
    const changer = audit.server.createQueryRunner();
    await changer.query('BEGIN');
    await changer.query("UPDATE held SET certid = 'A'");
    const waiting = seal(remembered);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await changer.query('COMMIT');
    await changer.release();
    expect(await waiting).toBe('stale');
    expect(await seal(remembered)).toBe('stale');
    expect(await seal(await read())).toBe('sealed');
  });
});

describe('a session’s guard', () => {
  const session = (name: string, standing = 'user') => ({ tokenHash: Buffer.from(name), standing });
  const begin = (name: string) =>
    audit.server.query('INSERT INTO session VALUES ($1, $2)', [Buffer.from(name), 'user']);

  it('holds while it stands as it was read, and otherwise the record says that it ended', async () => {
    const trail = await audit.openTrail();
    await begin('one');
    const sealed = await Promise.all([
      trail.seal(auditDraft(), { session: session('one') }),
      trail.seal(auditDraft({ data: 'other rights' }), { session: session('one', 'admin') }),
      trail.seal(auditDraft({ data: 'unknown' }), { session: session('two') }),
    ]);
    expect(sealed.map(({ verdict }) => verdict)).toEqual(['sealed', 'session-ended', 'session-ended']);
    expect(
      await audit.server.query(
        "SELECT data, success, info, error_code FROM audit_record WHERE category = 'Sign' AND NOT success ORDER BY data",
      ),
    ).toEqual([
      { data: 'other rights', success: false, info: 'refused: the session ended', error_code: 'K0002' },
      { data: 'unknown', success: false, info: 'refused: the session ended', error_code: 'K0002' },
    ]);
    expect(await audit.verify()).toMatchObject({ intact: true, links: 4 });
  });

  it('waits for a log-out that is being made, and then does not hold', async () => {
    const trail = await audit.openTrail();
    await begin('one');
    const leaver = audit.server.createQueryRunner();
    await leaver.query('BEGIN');
    await leaver.query('DELETE FROM session');
    const waiting = trail.seal(auditDraft(), { session: session('one') });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await leaver.query('COMMIT');
    await leaver.release();
    expect((await waiting).verdict).toBe('session-ended');
  });
});

describe('an operation that will be run again', () => {
  const guard = { certid: 'A', certificateVersion: 1, slotId: null, slotVersion: null };

  it('is told of a stale guard and leaves no record, beside others that do', async () => {
    const trail = await audit.openTrail();
    const sealed = await Promise.all([
      trail.seal(auditDraft({ data: 'beside' })),
      trail.seal(auditDraft({ data: 'open key' }), { keys: [guard], ifStale: 'leave-open' }),
      trail.seal(auditDraft({ data: 'open session' }), {
        session: { tokenHash: Buffer.from('none'), standing: 'user' },
        ifStale: 'leave-open',
      }),
      trail.seal(auditDraft({ data: 'refused' }), { keys: [{ ...guard }] }),
    ]);
    expect(sealed.map(({ verdict }) => verdict)).toEqual(['sealed', 'stale', 'session-ended', 'stale']);
    expect(
      await audit.server.query("SELECT data, success FROM audit_record WHERE category = 'Sign' ORDER BY data"),
    ).toEqual([
      { data: 'beside', success: true },
      { data: 'refused', success: false },
    ]);
    expect(trail.sealedRecords).toBe(3);
    expect(await audit.verify()).toMatchObject({ intact: true, links: 3 });
  });

  it('is told also where somebody holds the row for long', async () => {
    const trail = await audit.openTrail();
    await audit.server.query("INSERT INTO held VALUES ('A', 1, false)");
    const changer = audit.server.createQueryRunner();
    await changer.query('BEGIN');
    await changer.query('UPDATE held SET version = 2');
    const { verdict } = await trail.seal(auditDraft(), { keys: [guard], ifStale: 'leave-open' });
    await changer.query('ROLLBACK');
    await changer.release();
    expect(verdict).toBe('stale');
    expect(await audit.verify()).toMatchObject({ intact: true, links: 1 });
  });
});
