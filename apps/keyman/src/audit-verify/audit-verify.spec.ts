import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditTrail, CheckpointFile, Checkpointing } from '@cinnabar/audit';
import { systemClock } from '@cinnabar/core';
import { openAuditSigningKey } from '@cinnabar/custody/pkcs11';
import { KEYMAN_MIGRATIONS } from '@cinnabar/keyman-migrations';
import { connectDataSource, migrate, PrivateCluster } from '@cinnabar/persistence';
import { auditDraft, createSoftHsm, TEST_SEALER } from '@cinnabar/testing';

const MAIN = new URL('./main.ts', import.meta.url).pathname;

let home: string;

async function openCluster(): Promise<PrivateCluster> {
  return await PrivateCluster.open({
    home,
    program: 'keyman',
    isServer: true,
    database: 'keyman',
    serverRole: 'keyman',
    durable: false,
  });
}

async function auditVerify(
  args: readonly string[],
  environment: Record<string, string> = { CINNABAR_HOME: home },
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, err };
}

beforeAll(async () => {
  home = await mkdtemp('/tmp/cinnabar-test-');
  await chmod(home, 0o711);
  const cluster = await openCluster();
  await migrate(cluster.migrator, 'keyman', KEYMAN_MIGRATIONS);
  const trail = await AuditTrail.open({ address: cluster.server, clock: systemClock, sealer: TEST_SEALER });
  for (let index = 0; index < 9; index += 1) await trail.seal(auditDraft());
  const softHsm = await createSoftHsm();
  const signer = await openAuditSigningKey(softHsm);
  const dataSource = await connectDataSource(cluster.server, { applicationName: 'specs', poolSize: 1, entities: [] });
  const checkpointing = new Checkpointing({
    dataSource,
    clock: systemClock,
    signer,
    trail,
    everyMs: 60_000,
    everyRecords: 10_000,
    sinks: [new CheckpointFile(join(home, 'checkpoints.jsonl'), signer.publicKeySpkiDer)],
    onNotice: () => undefined,
  });
  await checkpointing.close();
  await dataSource.destroy();
  await softHsm.dispose();
  await trail.close();
  await cluster.close();
}, 60_000);

afterAll(async () => {
  await rm(home, { recursive: true, force: true });
});

describe('bin/audit-verify', () => {
  it('starts the private database where nobody runs it, and stops it again', async () => {
    expect(await auditVerify([])).toEqual({ code: 0, out: 'The audit is intact: 1 chain, 10 links.\n', err: '' });
    await expect(stat(join(home, 'pg/data/postmaster.pid'))).rejects.toThrow('ENOENT');
  }, 30_000);

  it('works beside a running server, and names the first bad record', async () => {
    const cluster = await openCluster();
    const owner = await connectDataSource(cluster.migrator, { applicationName: 'specs', poolSize: 1, entities: [] });
    const [[record]]: [{ auditid: string; chain: string }[], number] = await owner.query(
      `UPDATE audit_record SET success = NOT success FROM audit_chain
        WHERE audit_chain.auditid = audit_record.auditid AND seq = 5
        RETURNING audit_record.auditid::text, chain::text`,
    );
    const shown = await auditVerify([]);
    const asJson = await auditVerify(['--json']);
    await owner.query('UPDATE audit_record SET success = NOT success WHERE auditid = $1', [record?.auditid]);
    await owner.destroy();
    await cluster.close();
    const detail = `Chain ${record?.chain}, link 5 (auditid ${record?.auditid}): the record is not what was sealed.`;
    expect(shown.code).toBe(1);
    expect(shown.out).toBe(`The audit is NOT intact: 1 problem in 1 chain, 10 links.\n  ${detail} [record-altered]\n`);
    expect(asJson.code).toBe(1);
    expect(JSON.parse(asJson.out)).toEqual({
      intact: false,
      chains: 1,
      removed: 0,
      links: 10,
      waiting: 0,
      problems: [{ kind: 'record-altered', ...record, seq: '5', detail }],
      problemCount: 1,
    });
  }, 30_000);

  it('shows by checkpoints that the HSM signed that the end of the newest chain was cut off', async () => {
    const cluster = await openCluster();
    const path = join(home, 'checkpoints.jsonl');
    const { publicKey } = JSON.parse((await readFile(path, 'utf8')).split('\n')[0] ?? '') as { publicKey: string };
    await writeFile(join(home, 'audit-key.pem'), publicKey);
    const args = ['--checkpoints', path, '--key', join(home, 'audit-key.pem')];
    const whole = await auditVerify(args);
    const owner = await connectDataSource(cluster.migrator, { applicationName: 'specs', poolSize: 1, entities: [] });
    await owner.query('CREATE TABLE kept AS TABLE audit_chain');
    await owner.query('CREATE TABLE kept_record AS TABLE audit_record');
    await owner.query(
      'DELETE FROM audit_record USING audit_chain AS link WHERE link.auditid = audit_record.auditid AND seq > 7',
    );
    await owner.query('DELETE FROM audit_chain WHERE seq > 7');
    const blind = await auditVerify([]);
    const cut = await auditVerify(args);
    await owner.query('TRUNCATE audit_chain, audit_record');
    await owner.query('INSERT INTO audit_chain SELECT * FROM kept');
    await owner.query('INSERT INTO audit_record SELECT * FROM kept_record');
    await owner.query('DROP TABLE kept, kept_record');
    await owner.destroy();
    await cluster.close();
    expect(whole.code).toBe(0);
    expect(whole.out).toContain(
      'The audit holds all that its checkpoints tell of: 1 signed checkpoint, the last of 20',
    );
    expect(blind.code).toBe(0);
    expect(cut.code).toBe(1);
    expect(cut.out).toMatch(
      /Chain \d+ had reached link 10 at checkpoint 1 of \S+; it ends with link 7 now\. \[cut-after/,
    );
  }, 30_000);

  it('ends with 2 and a sentence when it cannot look', async () => {
    const nowhere = await auditVerify([], { CINNABAR_HOME: join(home, 'nothing-here') });
    expect(nowhere).toMatchObject({ code: 2, err: expect.stringContaining('There is no database under') as unknown });
    const unreachable = await auditVerify([], { DATABASE_URL: 'postgresql://keyman:open-sesame@127.0.0.1:1/keyman' });
    expect(unreachable.code).toBe(2);
    expect(unreachable.err).toContain('The database cannot be reached');
    expect(unreachable.err).not.toContain('open-sesame');
    expect((await auditVerify(['--unknown'])).code).toBe(2);
  }, 30_000);

  it('tells what it does', async () => {
    const { code, out } = await auditVerify(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('Exit code: 0 intact, 1 not intact, 2 could not be verified.');
  });
});
