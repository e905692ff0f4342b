import { execFileSync, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditTrail, CheckpointFile, Checkpointing, publicKeyPem } from '@cinnabar/audit';
import { systemClock } from '@cinnabar/core';
import { findPkcs11Module, initialiseToken, openAuditSigningKey, prepareSoftHsmToken } from '@cinnabar/custody/pkcs11';
import { KEYMAN_MIGRATIONS } from '@cinnabar/keyman-migrations';
import { connectDataSource, migrate, PrivateCluster } from '@cinnabar/persistence';
import { auditDraft, TEST_SEALER, useSoftHsmConfiguration } from '@cinnabar/testing';

const DAY_MS = 86_400_000;
const APP = join(import.meta.dirname, '..');

let home: string;
let key: string;
/** Chains of two processes that ended: one long ago, one just now. */
let old: string;
let young: string;

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a tool as an operator does: a program of its own, beside whatever else runs. */
async function tool(name: string, args: readonly string[], environment: Record<string, string> = {}): Promise<Ran> {
  const child = spawn(process.execPath, [join(APP, name, 'main.ts'), ...args], {
    env: { PATH: process.env['PATH'], CINNABAR_HOME: home, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, err };
}

async function withCluster<Result>(work: (cluster: PrivateCluster) => Promise<Result>): Promise<Result> {
  const cluster = await PrivateCluster.open({
    home,
    program: 'specs',
    isServer: false,
    database: 'keyman',
    serverRole: 'keyman',
    durable: false,
  });
  try {
    return await work(cluster);
  } finally {
    await cluster.close();
  }
}

async function life(cluster: PrivateCluster, now: () => Date, orgaid: string): Promise<string> {
  const directory = join(home, 'softhsm');
  const { label, pinFile } = await prepareSoftHsmToken({
    directory,
    label: 'cinnabar',
    modulePath: findPkcs11Module(),
  });
  const pin = (await readFile(pinFile, 'utf8')).trim();
  const signer = await openAuditSigningKey({ modulePath: findPkcs11Module(), tokenLabel: label, readPin: () => pin });
  await writeFile(key, publicKeyPem(signer.publicKeySpkiDer));
  const trail = await AuditTrail.open({ address: cluster.server, clock: { now }, sealer: TEST_SEALER });
  for (let index = 0; index < 5; index += 1) await trail.seal(auditDraft({ orgaid }));
  const dataSource = await connectDataSource(cluster.server, { applicationName: 'specs', poolSize: 1, entities: [] });
  const checkpointing = new Checkpointing({
    dataSource,
    clock: systemClock,
    signer,
    trail,
    everyMs: 60_000,
    everyRecords: 10_000,
    sinks: [new CheckpointFile(join(home, 'audit-checkpoints.jsonl'), signer.publicKeySpkiDer)],
    onNotice: () => undefined,
  });
  await checkpointing.close();
  await dataSource.destroy();
  await trail.close();
  return String(trail.chain);
}

beforeAll(async () => {
  home = await mkdtemp('/tmp/cinnabar-test-');
  await chmod(home, 0o711);
  key = join(home, 'audit-key.pem');
  const directory = join(home, 'softhsm');
  const modulePath = findPkcs11Module();
  const { label, pinFile, configurationFile } = await prepareSoftHsmToken({ directory, label: 'cinnabar', modulePath });
  await useSoftHsmConfiguration(configurationFile);
  const pin = (await readFile(pinFile, 'utf8')).trim();
  await initialiseToken({ modulePath, tokenLabel: label, readPin: () => pin });
  await withCluster(async (cluster) => {
    await migrate(cluster.migrator, 'keyman', KEYMAN_MIGRATIONS);
    old = await life(cluster, () => new Date(Date.now() - 100 * DAY_MS), 'TEST');
    young = await life(cluster, () => new Date(), 'Other');
  });
}, 120_000);
afterAll(() => rm(home, { recursive: true, force: true }));

describe('bin/audit-export', () => {
  it('writes a file that is proved without database and HSM', async () => {
    const path = join(home, 'all.jsonl');
    const { code, err } = await tool('audit-export', ['--out', path]);
    expect(err).toMatch(/^12 records of 2 chains exported \(all records\); SHA-256 [0-9a-f]{64}\n$/);
    expect(code).toBe(0);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const nowhere = { CINNABAR_HOME: '/nonexistent' };
    const proved = await tool('audit-verify', ['--export', path, '--key', key], nowhere);
    expect(proved.out).toContain(
      'The export is intact: 12 records of 2 chains, 2 of them from their beginning without a gap.',
    );
    expect(proved.code).toBe(0);
    const believed = await tool('audit-verify', ['--export', path], nowhere);
    expect(believed.out).toContain('The key was taken from the file itself');
    const changed = (await readFile(path, 'utf8')).replace('"action":"Hash"', '"action":"hash"');
    await writeFile(join(home, 'changed.jsonl'), changed);
    const refused = await tool('audit-verify', ['--export', join(home, 'changed.jsonl'), '--key', key], nowhere);
    expect(refused.code).toBe(1);
    expect(refused.out).toMatch(/^The export is NOT intact: 2 problems.*\n {2}Line 3 \(chain \d+, link 2\)/);
    const json = await tool('audit-verify', ['--export', join(home, 'changed.jsonl'), '--json'], nowhere);
    expect(JSON.parse(json.out)).toMatchObject({ intact: false, problems: [{ line: 3 }, { line: 14 }] });
  }, 60_000);

  it('is itself recorded, before and after, and seen by the organisation that it is about', async () => {
    const { out, code } = await tool('audit-export', ['--orga', 'Other', '--from', '2020-01-01', '--to', '2100-01-01']);
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n')).toHaveLength(7);
    const rows = await withCluster(async (cluster) => {
      const owner = await connectDataSource(cluster.migrator, { applicationName: 'specs', poolSize: 1, entities: [] });
      const found: Record<string, unknown>[] = await owner.query(
        "SELECT * FROM audit_record WHERE action = 'Export' AND orgaid = 'Other' ORDER BY auditid",
      );
      await owner.destroy();
      return found;
    });
    const range = 'from 2020-01-01T00:00:00.000Z, before 2100-01-02T00:00:00.000Z, organisation Other';
    expect(rows).toMatchObject([
      { category: 'Audit', success: true, actiondata: range, data: null },
      { category: 'Audit', success: true, actiondata: range },
    ]);
    expect(rows[0]?.['info']).toMatch(/^export begins; to standard output by \S+@/);
    expect(rows[1]?.['info']).toMatch(/^export complete: 5 records of 1 chains; to standard output by /);
    const footer = JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as { footer: { sha256: string } };
    expect(rows[1]?.['data']).toBe(`sha256=${footer.footer.sha256}`);
  }, 60_000);

  it('takes no file’s place, leaves no half file behind, and says what it does not understand', async () => {
    const path = join(home, 'kept.jsonl');
    await writeFile(path, 'kept');
    const taken = await tool('audit-export', ['--out', path]);
    expect(taken).toMatchObject({ code: 2, err: expect.stringContaining('is there already') as unknown });
    expect(await readFile(path, 'utf8')).toBe('kept');
    expect((await readdir(home)).filter((name) => name.endsWith('.partial'))).toEqual([]);
    for (const [args, sentence] of [
      [['--from', 'yesterday'], '--from "yesterday" is not a date'],
      [['--from', '2026-02-01', '--to', '2026-01-01'], '--to is before --from'],
      [['--chain', '-1'], ''],
      [['--chain', 'x'], '--chain "x" is not a chain'],
    ] as const) {
      const wrong = await tool('audit-export', args);
      expect(wrong.code).toBe(2);
      expect(wrong.err).toContain(sentence);
    }
  }, 60_000);
});

describe('bin/audit-retire', () => {
  const retention = { KEYMAN_AUDIT_RETENTION_DAYS: '30' };

  it('keeps everything for ever where no retention is set', async () => {
    const { code, err } = await tool('audit-retire', ['--yes']);
    expect(err).toContain('KEYMAN_AUDIT_RETENTION_DAYS is not set: the audit is kept for ever.');
    expect(code).toBe(2);
  }, 60_000);

  it('tells first and removes only when asked, and only what is old and exported', async () => {
    const path = join(home, 'for-retention.jsonl');
    expect(await tool('audit-export', ['--out', path])).toMatchObject({ code: 0 });
    const without = await tool('audit-retire', [], retention);
    expect(without.out).toContain(`Chain ${old}: 6 records`);
    expect(without.out).toContain('[not-exported]');
    const told = await tool('audit-retire', ['--export', path, '--chain', old], retention);
    expect(told.out).toMatch(
      /: may be removed\.\n1 of 1 chains may be removed\. Nothing was touched; --yes removes\.\n$/,
    );
    expect((await tool('audit-verify', ['--key', key])).out).not.toContain('removed under retention');

    const done = await tool('audit-retire', ['--export', path, '--yes'], retention);
    expect(done.out).toContain(`Chain ${old}: 6 records`);
    expect(done.out).toMatch(/\n1 of \d+ chains removed\.\n$/);
    expect(done.out).toMatch(new RegExp(`Chain ${young}: .*: stays\\.\\n.*\\[too-young\\]`));
    const verified = await tool('audit-verify', ['--key', key]);
    expect(verified.out).toContain('The audit is intact');
    expect(verified.out).toContain('1 chain removed under retention, as signed tombstones say.');
    expect(verified.code).toBe(0);
    // Without --key the checkpoint file of the home says whom to believe.
    expect((await tool('audit-verify', [])).code).toBe(0);
    const checkpoints = await tool('audit-verify', ['--checkpoints', join(home, 'audit-checkpoints.jsonl')]);
    expect(checkpoints.code).toBe(0);
    // The export still proves what is gone.
    expect((await tool('audit-verify', ['--export', path, '--key', key])).code).toBe(0);
  }, 120_000);

  it('believes no export that somebody else signed or changed', async () => {
    const path = join(home, 'forged.jsonl');
    const text = await readFile(join(home, 'for-retention.jsonl'), 'utf8');
    await writeFile(path, text.replace('"success":"true"', '"success":"false"'));
    const { code, err } = await tool('audit-retire', ['--export', path, '--yes'], retention);
    expect(code).toBe(2);
    expect(err).toMatch(/forged\.jsonl is not an export to rely on\. Line \d+ /);
  }, 60_000);

  it('leaves a tombstone that OpenSSL verifies', async () => {
    const line = await withCluster(async (cluster) => {
      const owner = await connectDataSource(cluster.migrator, { applicationName: 'specs', poolSize: 1, entities: [] });
      const [row]: { line: string }[] = await owner.query('SELECT line FROM audit_tombstone');
      await owner.destroy();
      return row?.line ?? '';
    });
    const [, signed = '', signature = ''] = /^\{"tombstone":(.*),"signature":"([^"]*)"\}$/.exec(line) ?? [];
    await writeFile(join(home, 'tombstone.json'), signed);
    await writeFile(join(home, 'tombstone.sig'), Buffer.from(signature, 'base64'));
    const args = [
      'dgst',
      '-sha256',
      '-verify',
      key,
      '-signature',
      join(home, 'tombstone.sig'),
      join(home, 'tombstone.json'),
    ];
    expect(execFileSync('openssl', args).toString()).toBe('Verified OK\n');
  }, 60_000);
});
