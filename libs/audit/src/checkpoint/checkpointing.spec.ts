import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@cinnabar/core';
import { auditDraft, createAuditSigner, createTestAudit, type TestAudit } from '@cinnabar/testing';
import {
  CheckpointFile,
  Checkpointing,
  type CheckpointingOptions,
  type CheckpointSigner,
  type CheckpointVerdict,
  verifyCheckpoints,
} from '../index.ts';

let audit: TestAudit;
let directory: string;
let path: string;

const signer = createAuditSigner();

async function checkpointing(more: Partial<CheckpointingOptions> = {}): Promise<{
  readonly trail: Awaited<ReturnType<TestAudit['openTrail']>>;
  readonly checkpoints: Checkpointing;
}> {
  const trail = await audit.openTrail();
  const checkpoints = new Checkpointing({
    dataSource: audit.server,
    clock: systemClock,
    signer,
    trail,
    everyMs: 60_000,
    everyRecords: 10_000,
    sinks: [new CheckpointFile(path, signer.publicKeySpkiDer)],
    onNotice: () => undefined,
    ...more,
  });
  return { trail, checkpoints };
}

/** A life of a process: records, and checkpoints before, between and after. */
async function life(records: number, key = signer): Promise<string> {
  const sinks = [new CheckpointFile(path, key.publicKeySpkiDer)];
  const { trail, checkpoints } = await checkpointing({ signer: key, sinks });
  checkpoints.start();
  for (let index = 0; index < records; index += 1) await trail.seal(auditDraft());
  await checkpoints.close();
  await trail.close();
  return String(trail.chain);
}

function verify(publicKeyPem?: string): Promise<CheckpointVerdict> {
  return verifyCheckpoints(audit.postgres.superuser, { path, ...(publicKeyPem === undefined ? {} : { publicKeyPem }) });
}

beforeAll(async () => {
  audit = await createTestAudit();
}, 60_000);
afterAll(async () => {
  await audit.close();
});
beforeEach(async () => {
  await audit.clear();
  directory = await mkdtemp(join(tmpdir(), 'cinnabar-checkpoints-'));
  path = join(directory, 'audit-checkpoints.jsonl');
});
afterEach(() => rm(directory, { recursive: true }));

describe('checkpoints', () => {
  it('cover every chain to its end, in a file that only the server can read', async () => {
    await life(3);
    await life(4);
    const verdict = await verify();
    expect(verdict).toMatchObject({ intact: true, absent: 0, problems: [] });
    expect(verdict.checkpoints).toBeGreaterThanOrEqual(3);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('show that the end of the newest chain was cut, which the chain itself does not', async () => {
    const chain = await life(5);
    await audit.owner.query(
      'DELETE FROM audit_record USING audit_chain WHERE seq > 4 AND audit_chain.auditid = audit_record.auditid',
    );
    await audit.owner.query('DELETE FROM audit_chain WHERE seq > 4');
    expect(await audit.verify()).toMatchObject({ intact: true });
    const { intact, problems } = await verify();
    expect(intact).toBe(false);
    expect(problems).toEqual([expect.objectContaining({ kind: 'cut-after-checkpoint', chain, seq: '6' })]);
    expect(problems[0]?.detail).toContain('it ends with link 4 now.');
  });

  it('show that the whole newest chain is gone', async () => {
    const chain = await life(2);
    await audit.owner.query('TRUNCATE audit_record, audit_chain, audit_checkpoint');
    const { problems } = await verify();
    expect(problems.at(-1)).toMatchObject({ kind: 'cut-after-checkpoint', chain });
    expect(problems.at(-1)?.detail).toContain('the whole chain is gone');
  });

  it('show that a chain was written anew', async () => {
    const chain = await life(2);
    await audit.owner.query('UPDATE audit_chain SET hash = sha256(hash) WHERE seq = 3');
    expect((await verify()).problems).toEqual([
      expect.objectContaining({ kind: 'checkpoint-differs', chain, seq: '3' }),
    ]);
  });

  it('show that checkpoints were taken out of the database and made anew', async () => {
    await life(2);
    await audit.owner.query('TRUNCATE audit_checkpoint');
    await life(2);
    expect((await verify()).problems[0]).toMatchObject({ kind: 'checkpoint-out-of-line' });
  });

  it('are believed only with a signature of the trusted key', async () => {
    await life(2);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace(/"seq":"\d+"/, '"seq":"1"').replace(/"takenAt":"\d/, '"takenAt":"3'));
    expect((await verify()).problems[0]).toMatchObject({ kind: 'checkpoint-forged' });

    await writeFile(path, text);
    const pem = (JSON.parse(text.split('\n')[0] ?? '') as { publicKey: string }).publicKey;
    expect(await verify(pem)).toMatchObject({ intact: true });
    // A file that someone wrote anew with a key of his own, which it names itself.
    await rm(path);
    await audit.clear();
    await life(2, createAuditSigner());
    expect(await verify()).toMatchObject({ intact: true });
    expect((await verify(pem)).problems[0]).toMatchObject({ kind: 'checkpoint-forged' });
  });

  it('go on after a line that a kill left half-written', async () => {
    await life(1);
    await writeFile(path, '{"checkpoint":{"type":"cinn', { flag: 'a' });
    await life(1);
    expect(await verify()).toMatchObject({ intact: true });
  });

  it('are made early when many records came', async () => {
    const { trail, checkpoints } = await checkpointing({ everyRecords: 20 });
    checkpoints.start();
    const lines = () => audit.server.query<{ line: string }[]>('SELECT line FROM audit_checkpoint ORDER BY number');
    await until(async () => (await lines()).length >= 1);
    for (let index = 0; index < 25; index += 1) await trail.seal(auditDraft());
    await until(async () => (await lines()).length >= 2);
    const rows = await lines();
    expect(rows).toHaveLength(2);
    expect(rows[1]?.line).toContain('"seq":"26"');
    await checkpoints.close();
  });

  it('tell once that they fail, and once that they are back', async () => {
    const notices: string[] = [];
    let away = true;
    const moody: CheckpointSigner = {
      ...signer,
      sign: (message) => (away ? Promise.reject(new Error('the secret of the HSM')) : signer.sign(message)),
    };
    const { trail, checkpoints } = await checkpointing({
      signer: moody,
      everyMs: 50,
      onNotice: (text) => notices.push(text),
    });
    checkpoints.start();
    await until(() => Promise.resolve(notices.length > 0));
    // Some more failures that nobody is told of.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await trail.seal(auditDraft());
    away = false;
    await checkpoints.close();
    expect(notices).toEqual(['audit checkpoints cannot be made: Error', 'audit checkpoints are made again']);
    expect(await verify()).toMatchObject({ intact: true });
  });
});

/** Waited for, not timed: the test's own limit ends it. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
