import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AuditVerdict, verifyAudit } from '@cinnabar/audit';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { databaseAddress, RoleConnection } from './database-roles.ts';
import { addSigner } from './people.ts';
import { RunningKeyman } from './running-keyman.ts';
import { signOnce } from './signing-load.ts';

interface Link extends Record<string, unknown> {
  readonly chain: string;
  readonly seq: string;
  readonly auditid: string;
}

describe('the audit of a running server', () => {
  let keyman: RunningKeyman;
  let attacker: RoleConnection;
  let server: RoleConnection;
  /** Links in the middle of the chain, one after the other. */
  let first: Link;
  let second: Link;

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    const signer = await addSigner(keyman, await keyman.admin(), 'clara', 'clara');
    for (let count = 0; count < 6; count += 1) await signOnce(signer, { app: `before-tampering-${count}` });
    attacker = await RoleConnection.open(keyman.home, 'superuser');
    server = await RoleConnection.open(keyman.home, 'server');
    [first, second] = (await attacker.rows<Link>(
      `SELECT chain::text, seq::text, auditid::text FROM audit_chain JOIN audit_record USING (auditid)
        WHERE app LIKE 'before-tampering-%' ORDER BY seq OFFSET 2 LIMIT 2`,
    )) as [Link, Link];
  }, 90_000);
  afterAll(async () => {
    await Promise.all([attacker.close(), server.close()]);
    await keyman.remove();
  });

  const verify = (): Promise<AuditVerdict> => verifyAudit(databaseAddress(keyman.home, 'superuser'));

  /** Tampers as one who has all rights, verifies, and puts everything back. */
  async function verdictAfter(statements: readonly string[]): Promise<AuditVerdict> {
    await attacker.rows('CREATE TABLE kept_record AS TABLE audit_record');
    await attacker.rows('CREATE TABLE kept_chain AS TABLE audit_chain');
    try {
      for (const statement of statements) await attacker.rows(statement);
      return await verify();
    } finally {
      await attacker.rows('TRUNCATE audit_record, audit_chain');
      await attacker.rows('INSERT INTO audit_record TABLE kept_record');
      await attacker.rows('INSERT INTO audit_chain TABLE kept_chain');
      await attacker.rows('DROP TABLE kept_record, kept_chain');
    }
  }

  it('is intact as the server wrote it', async () => {
    expect(await verify()).toMatchObject({ intact: true, problemCount: 0 });
  });

  it('names the record in which any one column was changed by one character', async () => {
    const columns = await attacker.rows<{ name: string; type: string }>(
      `SELECT column_name AS name, data_type AS type FROM information_schema.columns
        WHERE table_name = 'audit_record' AND column_name <> 'auditid' ORDER BY ordinal_position`,
    );
    expect(columns.length).toBeGreaterThan(20);
    const changes: Readonly<Record<string, (name: string) => string>> = {
      text: (name) => `coalesce(overlay(${name} placing '~' from 1 for 1), '')`,
      bigint: (name) => `${name} + 1`,
      boolean: (name) => `NOT ${name}`,
      'timestamp with time zone': (name) => `${name} + interval '1 microsecond'`,
    };
    for (const { name, type } of columns) {
      const change = changes[type];
      if (change === undefined) throw new Error(`no change is known for ${name}, a ${type}`);
      const { problems } = await verdictAfter([
        `UPDATE audit_record SET ${name} = ${change(name)} WHERE auditid = ${first.auditid}`,
      ]);
      expect([name, problems[0]]).toMatchObject([name, { kind: 'record-altered', ...first }]);
    }
  }, 30_000);

  it('names the first of two records that changed places', async () => {
    const { problems, problemCount } = await verdictAfter([
      `UPDATE audit_record SET auditid = -auditid WHERE auditid IN (${first.auditid}, ${second.auditid})`,
      `UPDATE audit_record SET auditid = CASE auditid WHEN -${first.auditid} THEN ${second.auditid}::bigint ELSE ${first.auditid}::bigint END
        WHERE auditid < 0`,
    ]);
    expect(problems[0]).toMatchObject(first);
    expect(problemCount).toBeGreaterThanOrEqual(1);
  });

  it('names the first of two links that changed places', async () => {
    const { problems } = await verdictAfter([
      `UPDATE audit_chain SET seq = seq + 1000000 WHERE auditid = ${first.auditid}`,
      `UPDATE audit_chain SET seq = seq - 1 WHERE auditid = ${second.auditid}`,
      `UPDATE audit_chain SET seq = seq - 1000000 + 1 WHERE auditid = ${first.auditid}`,
    ]);
    expect(problems[0]).toMatchObject({ chain: first.chain, seq: first.seq, auditid: second.auditid });
  });

  it('names a record that was deleted, a link that was deleted, and both', async () => {
    const record = await verdictAfter([`DELETE FROM audit_record WHERE auditid = ${first.auditid}`]);
    expect(record.problems).toMatchObject([{ kind: 'record-missing', ...first }]);
    const link = await verdictAfter([`DELETE FROM audit_chain WHERE auditid = ${first.auditid}`]);
    expect(link.problems[0]).toMatchObject({ kind: 'links-missing', ...second });
    expect(link.problems[0]?.detail).toContain(`link ${first.seq} is missing`);
    const both = await verdictAfter([
      `DELETE FROM audit_record WHERE auditid = ${first.auditid}`,
      `DELETE FROM audit_chain WHERE auditid = ${first.auditid}`,
    ]);
    expect(both.problems).toMatchObject([{ kind: 'links-missing', ...second }]);
  });

  it('names one byte of a hash, and a record that was slipped in', async () => {
    const hash = await verdictAfter([
      `UPDATE audit_chain SET hash = set_byte(hash, 31, get_byte(hash, 31) # 1) WHERE auditid = ${first.auditid}`,
    ]);
    expect(hash.problems).toMatchObject([{ kind: 'hash-altered', ...first }]);
    const slipped = await verdictAfter([
      `INSERT INTO audit_record (auditid, process, recorded_at, category, action, success)
       SELECT -7, process, recorded_at, category, action, success FROM audit_record WHERE auditid = ${first.auditid}`,
    ]);
    expect(slipped.problems).toMatchObject([{ kind: 'record-unlinked', auditid: '-7' }]);
  });

  it('is intact again after every attack above was undone', async () => {
    expect(await verify()).toMatchObject({ intact: true, problemCount: 0 });
  });

  it.each([
    ['UPDATE audit_record SET success = true', 'permission denied for table audit_record'],
    ['UPDATE audit_record SET info = info WHERE false', 'permission denied for table audit_record'],
    ['DELETE FROM audit_record', 'permission denied for table audit_record'],
    ['TRUNCATE audit_record', 'permission denied for table audit_record'],
    ['UPDATE audit_chain SET hash = hash', 'permission denied for table audit_chain'],
    ['DELETE FROM audit_chain', 'permission denied for table audit_chain'],
    ['TRUNCATE audit_chain', 'permission denied for table audit_chain'],
    ['MERGE INTO audit_chain AS c USING audit_record AS r ON false WHEN MATCHED THEN DELETE', 'permission denied'],
    [
      "INSERT INTO audit_record SELECT * FROM audit_record LIMIT 1 ON CONFLICT (auditid) DO UPDATE SET info = 'mine'",
      'permission denied for table audit_record',
    ],
    ["INSERT INTO audit_tombstone VALUES (1, 1, 'mine')", 'permission denied for table audit_tombstone'],
    ['SELECT * FROM audit_chain FOR UPDATE', 'permission denied for table audit_chain'],
    [
      'DO $$ BEGIN LOCK TABLE audit_record IN ACCESS EXCLUSIVE MODE; END $$',
      'permission denied for table audit_record',
    ],
    ['ALTER TABLE audit_record DISABLE TRIGGER ALL', 'must be owner of table audit_record'],
    ['ALTER TABLE audit_record ADD COLUMN mine text', 'must be owner of table audit_record'],
    ['ALTER TABLE audit_record RENAME TO old_record', 'must be owner of table audit_record'],
    ['ALTER TABLE audit_record ENABLE ROW LEVEL SECURITY', 'must be owner of table audit_record'],
    ['DROP TABLE audit_record', 'must be owner of table audit_record'],
    ['DROP INDEX audit_record_oper', 'must be owner of index audit_record_oper'],
    ['CREATE RULE quiet AS ON INSERT TO audit_record DO INSTEAD NOTHING', 'must be owner of table audit_record'],
    [
      'CREATE TRIGGER quiet BEFORE INSERT ON audit_record EXECUTE FUNCTION suppress_redundant_updates_trigger()',
      'permission denied',
    ],
    ['ALTER TABLE audit_record OWNER TO keyman', 'must be owner of table audit_record'],
    ['ALTER SCHEMA public OWNER TO keyman', 'must be owner of schema public'],
    ['CREATE TABLE public.mine (id int)', 'permission denied for schema public'],
    ['CREATE SCHEMA mine', 'permission denied for database keyman'],
    ['CREATE TEMPORARY TABLE audit_record (id int)', 'permission denied to create temporary tables'],
    ['SET ROLE cinnabar_migrator', 'permission denied to set role'],
    ['SET ROLE postgres', 'permission denied to set role'],
    ['SET SESSION AUTHORIZATION cinnabar_migrator', 'permission denied to set session authorization'],
    ['SET session_replication_role = replica', 'permission denied to set parameter'],
    ['CREATE ROLE mine SUPERUSER', 'must be superuser to create superusers'],
    ['ALTER ROLE keyman SUPERUSER', 'must be superuser to alter superuser roles'],
    ['DELETE FROM pg_catalog.pg_class', 'permission denied for table pg_class'],
    ["COPY audit_record TO PROGRAM 'cat'", 'must be superuser'],
    ["SELECT pg_read_file('postgresql.conf')", 'permission denied for function pg_read_file'],
    ['UPDATE schema_migration SET name = name', 'permission denied for table schema_migration'],
    ["SELECT setval('audit_chain_id', 1)", 'permission denied for sequence audit_chain_id'],
  ])('the server’s own role is refused: %s', async (statement, sentence) => {
    expect(await server.attempt(statement)).toContain(sentence);
  });

  it('the server’s own role may add, which is all that it needs', async () => {
    expect(
      await attacker.rows(
        `SELECT table_name AS name, string_agg(privilege_type, ' ' ORDER BY privilege_type) AS may
           FROM information_schema.role_table_grants
          WHERE grantee IN ('keyman', 'PUBLIC') AND table_schema = 'public' AND table_name LIKE 'audit%' GROUP BY 1 ORDER BY 1`,
      ),
    ).toEqual([
      { name: 'audit_chain', may: 'INSERT SELECT' },
      { name: 'audit_checkpoint', may: 'INSERT SELECT' },
      { name: 'audit_pending', may: 'DELETE INSERT SELECT' },
      { name: 'audit_record', may: 'INSERT SELECT' },
      { name: 'audit_tombstone', may: 'SELECT' },
    ]);
  });
});
