import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '@cinnabar/core';
import { auditDraft, createAuditSigner, createTestAudit, type TestAudit } from '@cinnabar/testing';
import {
  type AuditTrail,
  type AuditVerdict,
  CheckpointFile,
  Checkpointing,
  exportAudit,
  type ProvedExport,
  publicKeyPem,
  Retirement,
  type RetirementOptions,
  verifyAudit,
  verifyCheckpoints,
  verifyExport,
} from '../index.ts';

const DAY_MS = 86_400_000;
const signer = createAuditSigner();
const pem = publicKeyPem(signer.publicKeySpkiDer);
/** Two months on: what was written just now is old. */
const later: Clock = { now: () => new Date(Date.now() + 60 * DAY_MS) };

let audit: TestAudit;
let directory: string;
let checkpointPath: string;
/** Of the process that removes. */
let tool: AuditTrail;
let exports: Map<string, ProvedExport>;

beforeAll(async () => {
  audit = await createTestAudit();
}, 60_000);
afterAll(() => audit.close());
beforeEach(async () => {
  await audit.clear();
  directory = await mkdtemp(join(tmpdir(), 'cinnabar-retire-'));
  checkpointPath = join(directory, 'checkpoints.jsonl');
  exports = new Map();
});
afterEach(() => rm(directory, { recursive: true }));

/** The life of a process, with its last checkpoint. */
async function life(options: { readonly checkpoints: boolean } = { checkpoints: true }): Promise<bigint> {
  const trail = await audit.openTrail();
  for (let index = 0; index < 3; index += 1) await trail.seal(auditDraft({ data: `record ${index}` }));
  if (options.checkpoints) await takeCheckpoint(trail);
  await trail.close();
  return BigInt(trail.chain);
}

async function takeCheckpoint(trail: AuditTrail): Promise<void> {
  const checkpoints = new Checkpointing({
    dataSource: audit.server,
    clock: systemClock,
    signer,
    trail,
    everyMs: 60_000,
    everyRecords: 10_000,
    sinks: [new CheckpointFile(checkpointPath, signer.publicKeySpkiDer)],
    onNotice: () => undefined,
  });
  await checkpoints.close();
}

/** Exports all that there is and takes note of what was proved. */
async function exportAll(key = signer): Promise<void> {
  const path = join(directory, 'audit.jsonl');
  const pieces: string[] = [];
  await exportAudit({
    address: audit.postgres.server,
    clock: systemClock,
    signer: key,
    range: { from: null, before: null, orga: null, chain: null },
    write: (text) => Promise.resolve(void pieces.push(text)),
  });
  await writeFile(path, pieces.join(''));
  const { intact, chains, sha256 = '' } = await verifyExport({ path, publicKeyPem: pem });
  if (intact) for (const chain of chains) exports.set(chain.chain, { ...chain, sha256 });
}

async function retirement(more: Partial<RetirementOptions> = {}): Promise<Retirement> {
  tool = await audit.openTrail();
  return await Retirement.open({
    owner: audit.postgres.migrator,
    clock: later,
    signer,
    retentionDays: 30,
    exports,
    by: 'operator@specs',
    trail: tool,
    ...more,
  });
}

async function remove(chain: bigint, more: Partial<RetirementOptions> = {}): Promise<readonly string[]> {
  const retiring = await retirement(more);
  const { obstacles } = await retiring.remove(chain);
  await retiring.close();
  await tool.close();
  return obstacles.map(({ kind }) => kind);
}

const verify = (publicKeyPem = pem): Promise<AuditVerdict> => verifyAudit(audit.postgres.server, { publicKeyPem });

describe('retention', () => {
  it('removes a chain that meets every condition, and what stays still proves the rest', async () => {
    const old = await life();
    const next = await life();
    await exportAll();
    expect(await remove(old)).toEqual([]);
    const [{ records } = { records: -1 }]: { records: number }[] = await audit.server.query(
      'SELECT count(*)::int AS records FROM audit_record WHERE process = $1',
      [String(old)],
    );
    expect(records).toBe(0);
    expect(await verify()).toMatchObject({ intact: true, chains: 2, removed: 1, problems: [] });
    expect(await verifyCheckpoints(audit.postgres.server, { path: checkpointPath, publicKeyPem: pem })).toMatchObject({
      intact: true,
    });
    expect(await remove(next)).toEqual([]);
    expect(await verify()).toMatchObject({ intact: true, chains: 2, removed: 2, problems: [] });
  });

  it('records who removed what, in the same transaction', async () => {
    const old = await life();
    await exportAll();
    await remove(old);
    const [row]: { data: string; info: string; line: string }[] = await audit.server.query(
      `SELECT data, info, line FROM audit_record, audit_tombstone WHERE category = 'Audit' AND action = 'Retire'`,
    );
    expect(row?.data).toMatch(new RegExp(`^${old}:4:[0-9a-f]{64}$`));
    expect(row?.info).toContain('removed under retention by operator@specs');
    const { tombstone } = JSON.parse(row?.line ?? '') as { tombstone: Record<string, unknown> };
    expect(tombstone).toMatchObject({
      chain: String(old),
      firstSeq: '1',
      lastSeq: '4',
      count: 4,
      by: 'operator@specs',
      export: exports.get(String(old))?.sha256,
      previous: null,
    });
  });

  it('removes nothing whose process lives', async () => {
    const trail = await audit.openTrail();
    await trail.seal(auditDraft());
    await takeCheckpoint(trail);
    await exportAll();
    expect(await remove(BigInt(trail.chain))).toEqual(['open']);
    expect(await verify()).toMatchObject({ intact: true, removed: 0, chains: 2 });
  });

  it('removes nothing while records of its process wait for their link', async () => {
    const old = await life();
    await exportAll();
    const retiring = await retirement();
    await audit.owner.query('INSERT INTO audit_pending (auditid, process) VALUES (-1, $1)', [String(old)]);
    const { obstacles } = await retiring.remove(old);
    await retiring.close();
    expect(obstacles.map(({ kind }) => kind)).toEqual(['waiting']);
  });

  it('removes nothing that is younger than the retention', async () => {
    const old = await life();
    await exportAll();
    expect(await remove(old, { clock: systemClock })).toEqual(['too-young']);
    expect(await remove(old, { retentionDays: 61 })).toEqual(['too-young']);
  });

  it('removes nothing that was tampered with', async () => {
    const old = await life();
    await exportAll();
    await audit.owner.query('UPDATE audit_record SET info = $1 WHERE process = $2', ['all is well', String(old)]);
    expect(await remove(old)).toEqual(['not-whole']);
  });

  it('removes nothing without an export that holds all of it, signed by the audit key', async () => {
    const old = await life();
    expect(await remove(old)).toEqual(['not-exported']);
    await exportAll(createAuditSigner());
    expect(await remove(old)).toEqual(['not-exported']);
    await exportAll();
    const held = exports.get(String(old));
    if (held === undefined) throw new Error('not exported');
    for (const less of [{ unbroken: false }, { last: '3' }, { hash: '0'.repeat(64) }]) {
      exports.set(String(old), { ...held, ...less });
      expect(await remove(old)).toEqual(['not-exported']);
    }
  });

  it('removes nothing that no checkpoint of the audit key covers', async () => {
    const old = await life({ checkpoints: false });
    await exportAll();
    expect(await remove(old)).toEqual(['not-covered']);
    // A checkpoint that somebody without the HSM wrote.
    await life();
    await audit.owner.query(`UPDATE audit_checkpoint SET line = replace(line, '"takenAt":"2', '"takenAt":"3')`);
    await exportAll();
    expect(await remove(old)).toEqual(['not-covered']);
  });

  it('tells of every chain what keeps it, and touches none', async () => {
    const old = await life();
    const retiring = await retirement();
    const seen: [string, readonly string[]][] = [];
    for await (const { chain, obstacles } of retiring.examine()) seen.push([chain, obstacles.map(({ kind }) => kind)]);
    await retiring.close();
    expect(seen).toEqual([[String(old), ['not-exported']]]);
    expect(await verify()).toMatchObject({ intact: true, removed: 0, chains: 2 });
  });

  it('cannot be done with the role of the server', async () => {
    const old = await life();
    await exportAll();
    await expect(remove(old, { owner: audit.postgres.server })).rejects.toThrow('permission denied');
    expect(await verify()).toMatchObject({ intact: true, removed: 0 });
  });
});

describe('a chain that is missing', () => {
  let old: bigint;

  beforeEach(async () => {
    old = await life();
    await life();
    await exportAll();
    await remove(old);
  });

  const kinds = async (publicKeyPem = pem): Promise<readonly string[]> =>
    (await verify(publicKeyPem)).problems.map(({ kind }) => kind);

  it('is named when its tombstone is taken away', async () => {
    await audit.owner.query('DELETE FROM audit_tombstone');
    const { problems } = await verify();
    expect(problems.length).toBeGreaterThan(0);
    expect(new Set(problems.map(({ kind, chain }) => `${kind} ${chain}`))).toEqual(new Set([`chain-cut ${old}`]));
    const { problems: shown } = await verifyCheckpoints(audit.postgres.server, { path: checkpointPath });
    expect(shown[0]).toMatchObject({ kind: 'cut-after-checkpoint', chain: String(old) });
  });

  it('is named when its tombstone was changed, or signed with another key', async () => {
    await audit.owner.query(`UPDATE audit_tombstone SET line = replace(line, '"lastSeq":"4"', '"lastSeq":"9"')`);
    expect((await kinds())[0]).toBe('tombstone-forged');
    expect(await kinds()).toContain('chain-cut');
  });

  it('is not excused by a tombstone that only the database vouches for', async () => {
    expect((await kinds(publicKeyPem(createAuditSigner().publicKeySpkiDer)))[0]).toBe('tombstone-forged');
    const blind = await verifyAudit(audit.postgres.server);
    expect(blind.problems[0]).toMatchObject({ kind: 'tombstone-forged' });
    expect(blind.problems[0]?.detail).toContain('without the audit’s public key'.replace('’', "'"));
  });

  it('is not excused by the tombstone of another', async () => {
    await audit.owner.query('UPDATE audit_tombstone SET chain = chain + 1');
    expect((await kinds())[0]).toBe('tombstone-forged');
  });

  it('is named when links under its number are there again', async () => {
    await audit.owner.query(
      'INSERT INTO audit_chain SELECT $1, 1, -5, hash FROM audit_chain ORDER BY chain, seq LIMIT 1',
      [String(old)],
    );
    expect(await kinds()).toContain('removed-chain-present');
  });

  it('is seen when the first of two tombstones is taken away', async () => {
    const [{ chain } = { chain: '' }]: { chain: string }[] = await audit.server.query(
      'SELECT min(chain)::text AS chain FROM audit_chain',
    );
    await exportAll();
    expect(await remove(BigInt(chain))).toEqual([]);
    expect(await kinds()).toEqual([]);
    await audit.owner.query('DELETE FROM audit_tombstone WHERE number = 1');
    expect(await kinds()).toContain('tombstone-out-of-line');
  });
});
