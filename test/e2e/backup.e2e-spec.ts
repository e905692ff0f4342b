import { appendFileSync, cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runBeside, type Ended } from './beside-keyman.ts';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { RoleConnection } from './database-roles.ts';
import { addSigner, PASSWORD, PIN, type Signer } from './people.ts';
import type { RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';

const HASH = { algorithm: 'SHA256', digest: Buffer.alloc(32, 2).toString('base64') };
const PATIENCE_MS = 240_000;

/** Backups of one server, `older` from before a new KEK and `newer` from after it, restored into homes of their own. */
describe('a backup', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cinnabar-backup-'));
  const [older, newer] = [join(folder, 'older'), join(folder, 'newer')];
  const restored: RunningKeyman[] = [];
  let original: RunningKeyman;
  let signers: Signer[];
  let chains: number;

  beforeAll(async () => {
    original = await RunningKeyman.start(CHEAP_HASHING);
    const admin = await original.admin();
    signers = [
      await addSigner(original, admin, 'ana'),
      await addSigner(original, admin, 'clara', 'clara'),
      await addSigner(original, admin, 'locked'),
    ];
    const [ana, , locked] = signers as [Signer, Signer, Signer];
    for (let guess = 0; guess < 2; guess += 1) await sign(ana.client, ana, `Wrong-${guess}`);
    for (let guess = 0; guess < 5; guess += 1) await sign(locked.client, locked, `Wrong-${guess}`);
    expect(await backup(older)).toMatchObject({ code: 0 });
    const database = await RoleConnection.open(original.home, 'server');
    chains = await database.value('SELECT count(DISTINCT chain)::int AS value FROM audit_chain');
    await database.close();
    // Clara's key moves to the next KEK; ana's stays.
    expect(await runBeside('keys-tool', { CINNABAR_HOME: original.home }, ['new-kek'])).toMatchObject({ code: 0 });
    const [, clara] = signers as [Signer, Signer, Signer];
    expect(await sign(clara.client, clara, PIN)).toBe('K0000 ');
    expect(await backup(newer)).toMatchObject({ code: 0 });
    await original.end('SIGTERM');
  }, PATIENCE_MS);
  afterAll(async () => {
    for (const keyman of restored) await keyman.remove();
    await original.remove();
    rmSync(folder, { recursive: true });
  }, PATIENCE_MS);

  const backup = (to: string): Promise<Ended> =>
    runBeside('backup-tool', { CINNABAR_HOME: original.home }, ['backup', to]);
  const restore = (home: string, from: string): Promise<Ended> =>
    runBeside('backup-tool', { CINNABAR_HOME: home }, ['restore', from]);
  const sign = (client: RestCaller, { certid }: Signer, pin: string): Promise<string> =>
    client.refusal('Sign/Hash', { cert: { certid, pin }, hash: HASH });
  /** With a session of the restored server. */
  async function signOn(keyman: RunningKeyman, signer: Signer, pin = PIN): Promise<string> {
    return sign(await keyman.logIn(signer.userid, PASSWORD), signer, pin);
  }
  /** A new machine as far as a server can tell: another home, another port, another database cluster. */
  async function newMachine(from: string): Promise<{ keyman: RunningKeyman; told: string }> {
    const home = RunningKeyman.emptyHome();
    const { code, stdout, stderr } = await restore(home, from);
    expect([code, stderr]).toEqual([0, '']);
    const keyman = await RunningKeyman.start(CHEAP_HASHING, home);
    restored.push(keyman);
    return { keyman, told: stdout };
  }
  /** The database of one backup with the token of another. */
  function mixed(name: string, database: string, token: string): string {
    const path = join(folder, name);
    cpSync(database, path, { recursive: true });
    rmSync(join(path, 'softhsm'), { recursive: true });
    cpSync(join(token, 'softhsm'), join(path, 'softhsm'), { recursive: true });
    return path;
  }

  it(
    'made beside a running server, serves on a new machine: keys sign, tries stand, and the audit goes on in a new chain',
    async () => {
      const { keyman, told } = await newMachine(older);
      expect(told).not.toContain('WARNING');
      expect(keyman.home).not.toBe(original.home);
      const [ana, clara, locked] = signers as [Signer, Signer, Signer];
      expect(await signOn(keyman, ana, 'Wrong-again')).toBe('K0009 Wrong PIN, 2 tries left');
      expect(await signOn(keyman, ana)).toBe('K0000 ');
      expect(await signOn(keyman, clara)).toBe('K0000 ');
      expect(await signOn(keyman, locked)).toBe('K0010 The PIN is locked');
      const admin = await keyman.admin();
      await admin.ok('Cert/PinUnlock', { cert: { certid: locked.certid } });
      expect(await signOn(keyman, locked)).toBe('K0000 ');
      const database = await RoleConnection.open(keyman.home, 'server');
      const now = await database.value<number>('SELECT count(DISTINCT chain)::int AS value FROM audit_chain');
      expect(now).toBe(chains + 1);
      expect(await database.attempt('UPDATE audit_record SET oper = NULL')).toContain('permission denied');
      await database.close();
      const checkpoints = join(older, 'audit-checkpoints.jsonl');
      const verdict = await runBeside('audit-verify', { CINNABAR_HOME: keyman.home }, ['--checkpoints', checkpoints]);
      expect(verdict).toMatchObject({ code: 0 });
    },
    PATIENCE_MS,
  );

  it(
    'with a newer token serves too: the token has every key that the database names',
    async () => {
      const { keyman, told } = await newMachine(mixed('newer-token', older, newer));
      expect(told).not.toContain('WARNING');
      for (const signer of signers.slice(0, 2)) expect(await signOn(keyman, signer)).toBe('K0000 ');
    },
    PATIENCE_MS,
  );

  it(
    'with an older token says which key is missing, at the restore, at the start and when it is needed',
    async () => {
      const { keyman, told } = await newMachine(mixed('older-token', newer, older));
      const missing = 'cinnabar-kek-2 is not on the token: 1 key cannot be opened';
      expect(told).toContain(`WARNING: ${missing}.`);
      expect(keyman.output).toContain(`HSM: ${missing}. Restore the token that has it.`);
      const [ana, clara] = signers as [Signer, Signer, Signer];
      expect(await signOn(keyman, ana)).toBe('K0000 ');
      expect(await signOn(keyman, clara)).toMatch(/^K0001 Internal error/);
      expect(keyman.output).toContain('the token has no key cinnabar-kek-2');
      // The right PIN was right: nothing is counted, and no key is made that would bear the missing one's number.
      expect(await signOn(keyman, clara, 'Wrong-guess')).toBe('K0009 Wrong PIN, 4 tries left');
      const { code, stderr } = await runBeside('keys-tool', { CINNABAR_HOME: keyman.home }, ['new-kek']);
      expect([code, stderr]).toEqual([1, expect.stringContaining(missing)]);
    },
    PATIENCE_MS,
  );

  it(
    'is readable by nobody else, is never written over, and is not restored over anything or in part',
    async () => {
      for (const path of ['', 'database.dump', 'manifest.json', 'softhsm', 'softhsm/pin']) {
        expect(statSync(join(older, path)).mode & 0o077).toBe(0);
      }
      expect(await backup(older)).toMatchObject({ code: 2, stderr: expect.stringContaining('is there already') });
      expect(await restore(original.home, older)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('a backup is restored into an empty CINNABAR_HOME'),
      });
      const damaged = join(folder, 'damaged');
      cpSync(older, damaged, { recursive: true });
      appendFileSync(join(damaged, 'database.dump'), 'x');
      const home = RunningKeyman.emptyHome();
      expect(await restore(home, damaged)).toMatchObject({ code: 2, stderr: expect.stringContaining('is damaged') });
      rmSync(join(damaged, 'manifest.json'));
      expect(await restore(home, damaged)).toMatchObject({ stderr: expect.stringContaining('not a whole backup') });
      rmSync(home, { recursive: true });
      expect((await runBeside('backup-tool', {}, ['restore'])).code).toBe(2);
    },
    PATIENCE_MS,
  );
});
