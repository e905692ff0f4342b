import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { auditDraft, createTestAudit, type TestAudit } from '@cinnabar/testing';
import { type AuditTrail, verifyAudit } from '../index.ts';
import { RECORD_COLUMNS } from '../record/record-columns.ts';

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

describe('the verifier', () => {
  let trail: AuditTrail;
  let victim: { chain: string; seq: string; auditid: string };

  beforeEach(async () => {
    trail = await audit.openTrail();
    for (let index = 0; index < 6; index += 1) await trail.seal(auditDraft({ data: `record ${index}` }));
    const [row]: (typeof victim)[] = await audit.server.query(
      'SELECT chain::text, seq::text, auditid::text FROM audit_chain WHERE seq = 4',
    );
    if (row === undefined) throw new Error('no record');
    victim = row;
  });

  it('finds nothing where nothing was touched', async () => {
    const progress: number[] = [];
    const verdict = await verifyAudit(audit.postgres.server, { onProgress: (links) => progress.push(links) });
    expect(verdict).toEqual({
      intact: true,
      chains: 1,
      removed: 0,
      links: 7,
      waiting: 0,
      problems: [],
      problemCount: 0,
    });
    expect(progress).toEqual([7]);
  });

  const CHANGES: Record<string, string> = {
    bigint: '= %c + 1',
    timestamptz: "= %c + interval '1 microsecond'",
    boolean: '= NOT %c',
    text: "= overlay(%c placing 'X' from length(%c) for 1)",
  };

  it.each(RECORD_COLUMNS.filter(({ name }) => name !== 'auditid').map(({ name, kind }) => [name, kind] as const))(
    'names the record of which one byte was changed in %s',
    async (name, kind) => {
      const change = (CHANGES[kind] ?? '').replaceAll('%c', name);
      const verdict = await audit.tamper(
        [`UPDATE audit_record SET ${name} ${change} WHERE auditid = $1`],
        [victim.auditid],
      );
      expect(verdict.problems).toEqual([expect.objectContaining({ kind: 'record-altered', ...victim })]);
    },
  );

  it('looks at every column that the table has', async () => {
    const columns: { name: string }[] = await audit.server.query(
      "SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'audit_record'",
    );
    expect(columns.map(({ name }) => name).sort()).toEqual([...RECORD_COLUMNS.map(({ name }) => name)].sort());
  });

  it('names a record that was given another number', async () => {
    const verdict = await audit.tamper(
      ['UPDATE audit_record SET auditid = 999999 WHERE auditid = $1'],
      [victim.auditid],
    );
    expect(verdict.problems).toMatchObject([
      { kind: 'record-missing', ...victim },
      { kind: 'record-unlinked', auditid: '999999' },
    ]);
  });

  it('tells null from empty, and text that moved to the next column', async () => {
    await trail.seal(auditDraft({ certidorig: null, app: '' }));
    for (const change of ["certidorig = ''", 'app = NULL', "host = 'P', ip = ip || 'C001'"]) {
      const verdict = await audit.tamper([
        `UPDATE audit_record SET ${change} WHERE auditid = (SELECT max(auditid) FROM audit_record)`,
      ]);
      expect(verdict.problems).toMatchObject([{ kind: 'record-or-hash-altered', seq: '8' }]);
    }
  });

  it('names a changed hash as such', async () => {
    const statement = 'UPDATE audit_chain SET hash = set_byte(hash, 31, get_byte(hash, 31) # 1) WHERE seq = 4';
    const verdict = await audit.tamper([statement]);
    expect(verdict.problems).toMatchObject([{ kind: 'hash-altered', ...victim }]);
  });

  it('finds a record and its link gone from the middle', async () => {
    const verdict = await audit.tamper(
      ['DELETE FROM audit_record WHERE auditid = $1', 'DELETE FROM audit_chain WHERE auditid = $1'],
      [victim.auditid],
    );
    expect(verdict.problems).toMatchObject([
      {
        kind: 'links-missing',
        seq: '5',
        detail: `Chain ${victim.chain}, link 5 (auditid ${Number(victim.auditid) + 1}): link 4 is missing before it.`,
      },
    ]);
  });

  it('finds a record gone whose link is there, and a link gone whose record is there', async () => {
    const record = await audit.tamper(['DELETE FROM audit_record WHERE auditid = $1'], [victim.auditid]);
    expect(record.problems).toMatchObject([{ kind: 'record-missing', ...victim }]);
    const link = await audit.tamper(['DELETE FROM audit_chain WHERE auditid = $1'], [victim.auditid]);
    expect(link.problems).toMatchObject([
      { kind: 'links-missing', seq: '5' },
      { kind: 'record-unlinked', auditid: victim.auditid },
    ]);
  });

  it('finds two records swapped', async () => {
    const verdict = await audit.tamper([
      'ALTER TABLE audit_chain DROP CONSTRAINT audit_chain_auditid_key',
      `UPDATE audit_chain SET auditid = CASE seq WHEN 3 THEN four.auditid ELSE three.auditid END
         FROM (SELECT auditid FROM audit_chain WHERE seq = 3) AS three, (SELECT auditid FROM audit_chain WHERE seq = 4) AS four
        WHERE seq IN (3, 4)`,
    ]);
    await audit.owner.query('ALTER TABLE audit_chain ADD CONSTRAINT audit_chain_auditid_key UNIQUE (auditid)');
    expect(verdict.intact).toBe(false);
    expect(verdict.problems[0]).toMatchObject({ seq: '3' });
    expect(verdict.problems.map(({ seq }) => seq)).toContain('4');
  });

  it('finds a record put in without a link, and one linked twice', async () => {
    const columns = RECORD_COLUMNS.map(({ name }) => name).join(', ');
    const copy = columns.replace('auditid', '777777');
    const forged = await audit.tamper([
      `INSERT INTO audit_record (${columns}) SELECT ${copy} FROM audit_record LIMIT 1`,
    ]);
    expect(forged.problems).toMatchObject([{ kind: 'record-unlinked', auditid: '777777' }]);
    const twice = await audit.tamper([
      'ALTER TABLE audit_chain DROP CONSTRAINT audit_chain_auditid_key',
      'INSERT INTO audit_chain SELECT chain, seq + 1, auditid, hash FROM audit_chain WHERE seq = 7',
    ]);
    await audit.owner.query('ALTER TABLE audit_chain ADD CONSTRAINT audit_chain_auditid_key UNIQUE (auditid)');
    expect(twice.problems.map(({ kind }) => kind)).toEqual(['record-or-hash-altered', 'duplicated']);
  });

  it('sees a chain cut at its end, or taken away whole, once a later chain has begun', async () => {
    await audit.openTrail();
    const cut = await audit.tamper([
      `DELETE FROM audit_record WHERE auditid IN (SELECT auditid FROM audit_chain WHERE chain = ${victim.chain} AND seq > 5)`,
      `DELETE FROM audit_chain WHERE chain = ${victim.chain} AND seq > 5`,
    ]);
    expect(cut.problems).toMatchObject([{ kind: 'chain-cut', chain: victim.chain, seq: '7' }]);
    const gone = await audit.tamper([
      `DELETE FROM audit_record WHERE process = ${victim.chain}`,
      `DELETE FROM audit_chain WHERE chain = ${victim.chain}`,
    ]);
    expect(gone.problems).toMatchObject([{ kind: 'chain-cut', chain: victim.chain, seq: '7' }]);
  });

  it('sees a chain that lost its beginning, and one that never had it', async () => {
    const lost = await audit.tamper([
      'DELETE FROM audit_record WHERE auditid = (SELECT auditid FROM audit_chain WHERE seq = 1)',
      'DELETE FROM audit_chain WHERE seq = 1',
    ]);
    expect(lost.problems).toMatchObject([{ kind: 'links-missing', seq: '2' }]);
    const forged = await audit.tamper(['UPDATE audit_chain SET chain = -5']);
    expect(forged.intact).toBe(false);
  });

  it('keeps the first hundred problems of a database that was rewritten, and counts all', async () => {
    await Promise.all(Array.from({ length: 200 }, () => trail.seal(auditDraft())));
    const verdict = await audit.tamper(["UPDATE audit_record SET info = 'all is well'"]);
    expect(verdict.problems).toHaveLength(100);
    expect(verdict.problemCount).toBe(207);
  });
});
