import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyAudit } from '@cinnabar/audit';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { databaseAddress, postmasterPid, RoleConnection } from './database-roles.ts';
import { addSigner, PASSWORD, type Signer } from './people.ts';
import { RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';
import { SigningLoad } from './signing-load.ts';

const PROGRAMS = join(import.meta.dirname, '../../dist/apps/keyman/src');
const CLIENTS = 16;
const LOAD_MS = 2_000;
const RECOVERY_LIMIT_MS = 20_000;

// One home for all of it: whatever one of these ends leaves behind, the next one has to live with.
describe('a server under a signing load', () => {
  let keyman: RunningKeyman;
  let enrolled: readonly Signer[];

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    const admin = await keyman.admin();
    enrolled = [await addSigner(keyman, admin, 'ana', 'ana'), await addSigner(keyman, admin, 'clara', 'clara')];
  }, 90_000);
  afterAll(() => keyman.remove());

  /** A load on the server where it is now; sessions outlive a restart, ports do not. */
  async function startLoad(): Promise<SigningLoad> {
    const signers = enrolled.map((each) => ({ ...each, client: new RestCaller(keyman.url, each.client.token) }));
    const load = new SigningLoad(signers, CLIENTS);
    await load.reaches(100);
    return load;
  }

  /** Every signature that a client received stands in the audit as a success, under its own trace, and the chain is whole. */
  async function expectAllAudited(load: SigningLoad): Promise<void> {
    const database = await RoleConnection.open(keyman.home, 'superuser');
    const rows = await database.rows<{ app: string; traceid: string }>(
      "SELECT app, traceid FROM audit_record JOIN audit_chain USING (auditid) WHERE success AND action = 'Hash'",
    );
    await database.close();
    const audited = new Map(rows.map(({ app, traceid }) => [app, traceid]));
    expect(load.signatures.filter(({ app, traceid }) => audited.get(app) !== traceid)).toEqual([]);
    expect(load.signatures.length).toBeGreaterThanOrEqual(100);
    const verdict = await verifyAudit(databaseAddress(keyman.home, 'superuser'));
    expect(verdict).toMatchObject({ intact: true, waiting: 0, problems: [] });
  }

  it('that is killed starts again, and no signature that a client has is missing from the audit', async () => {
    const load = await startLoad();
    await setTimeout(LOAD_MS);
    await keyman.end('SIGKILL');
    await load.ended();
    await keyman.up();
    await expectAllAudited(load);
    expect(await auditVerify(keyman.home)).toMatchObject({ code: 0 });
  }, 60_000);

  it('that is killed together with its database, twice, starts over the files that both left, and loses nothing', async () => {
    for (let round = 0; round < 2; round += 1) {
      const load = await startLoad();
      process.kill(postmasterPid(keyman.home), 'SIGKILL');
      await keyman.end('SIGKILL');
      await load.ended();
      expect(existsSync(join(keyman.home, 'pg/data/postmaster.pid'))).toBe(true);
      expect(existsSync(join(keyman.home, 'pg/socket/.s.PGSQL.5432.lock'))).toBe(true);
      await keyman.up();
      await expectAllAudited(load);
    }
  }, 90_000);

  it('recovers by itself when its database is killed, and loses nothing', async () => {
    const load = await startLoad();
    process.kill(postmasterPid(keyman.home), 'SIGKILL');
    const killedAtMs = performance.now();
    const isBack = () => load.signatures.some(({ sentAtMs }) => sentAtMs > killedAtMs + 100);
    while (!isBack() && performance.now() - killedAtMs < RECOVERY_LIMIT_MS) await setTimeout(20);
    expect(isBack()).toBe(true);
    await load.stop();
    expect(load.lost).toBe(0);
    const failures = load.answers.filter(({ isSignature }) => !isSignature);
    for (const { code, message } of failures)
      expect(`${code} ${message}`).toMatch(/^K0001 Internal error \([0-9a-f-]{36}\)$/);
    // The log has what the callers were not told.
    for (const { traceid } of failures) expect(keyman.output).toContain(traceid);
    await expectAllAudited(load);
  }, 60_000);

  it('ends cleanly at Ctrl-C: what is under way is answered', async () => {
    const load = await startLoad();
    expect(await keyman.end('SIGINT')).toBe(0);
    await load.ended();
    expect([...new Set(load.answers.map(({ code }) => code))]).toEqual(['K0000']);
    expect(keyman.output).toContain('SIGINT: finishing what is under way');
    expect(existsSync(join(keyman.home, 'pg/data/postmaster.pid'))).toBe(false);
    await keyman.up();
    await expectAllAudited(load);
  }, 60_000);

  it('is the only one of its home: a second one is refused with a sentence, and the first runs on', async () => {
    const second = spawnSync(process.execPath, [join(PROGRAMS, 'up.js')], {
      env: { PATH: process.env['PATH'] ?? '', CINNABAR_HOME: keyman.home, KEYMAN_PORT: '0' },
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect(second.status).toBe(1);
    expect(second.stderr).toMatch(
      /^keyman cannot start: keyman \(pid \d+\) already runs on \S+: stop it, or set another CINNABAR_HOME\.\n$/,
    );
    const load = await startLoad();
    await load.stop();
    await expectAllAudited(load);
  }, 60_000);

  it('answers slow requests that were sent before Ctrl-C', async () => {
    // One person's log-ins are looked at one after the other: when the first is answered, the others wait.
    const logIns = Array.from({ length: 12 }, () => keyman.logIn('ana', PASSWORD));
    await Promise.race(logIns);
    const ended = keyman.end('SIGINT');
    expect((await Promise.allSettled(logIns)).map(({ status }) => status)).toEqual(logIns.map(() => 'fulfilled'));
    expect(await ended).toBe(0);
  }, 60_000);
});

/** The operator's own command, beside the running server. */
async function auditVerify(home: string): Promise<{ code: number; stdout: string }> {
  const run = promisify(execFile);
  try {
    const environment = { PATH: process.env['PATH'] ?? '', CINNABAR_HOME: home };
    const program = join(PROGRAMS, 'audit-verify/main.js');
    const { stdout } = await run(process.execPath, [program], { env: environment });
    return { code: 0, stdout };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { code, stdout };
  }
}
