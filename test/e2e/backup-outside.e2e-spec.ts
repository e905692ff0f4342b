import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPostgres, type TestPostgres } from '@cinnabar/testing';
import { runBeside, type Ended } from './beside-keyman.ts';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { addSigner, PASSWORD, PIN, type Signer } from './people.ts';
import { RunningKeyman, type Environment } from './running-keyman.ts';
import { urlOf } from './two-nodes.ts';

const HASH = { algorithm: 'SHA256', digest: Buffer.alloc(32, 2).toString('base64') };
const PATIENCE_MS = 240_000;

/** In turn: a server on an outside database is backed up, and restored into another outside database. */
describe('a backup with a database of the operator’s own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cinnabar-backup-'));
  const made = join(folder, 'made');
  const newHome = RunningKeyman.emptyHome();
  let [source, target] = [] as unknown as [TestPostgres, TestPostgres];
  let original: RunningKeyman;
  let ana: Signer;

  beforeAll(async () => {
    [source, target] = await Promise.all([createPostgres(), createPostgres()]);
    original = await RunningKeyman.start({ ...CHEAP_HASHING, ...database(source) });
    ana = await addSigner(original, await original.admin(), 'ana');
  }, PATIENCE_MS);
  afterAll(async () => {
    await original.remove();
    await Promise.all([source.close(), target.close()]);
    for (const path of [folder, newHome]) rmSync(path, { recursive: true, force: true });
  }, PATIENCE_MS);

  const database = ({ server, migrator }: TestPostgres): Environment => ({
    DATABASE_URL: urlOf(server),
    DATABASE_MIGRATION_URL: urlOf(migrator),
  });
  const tool = (home: string, environment: Environment, ...args: string[]): Promise<Ended> =>
    runBeside('backup-tool', { CINNABAR_HOME: home, ...environment }, args);

  it(
    'needs the role that owns the schema, and says so',
    async () => {
      const { DATABASE_URL = '' } = database(source);
      const { code, stderr } = await tool(original.home, { DATABASE_URL }, 'backup', made);
      expect([code, stderr]).toEqual([2, expect.stringContaining('Set DATABASE_MIGRATION_URL')]);
    },
    PATIENCE_MS,
  );

  it(
    'is made beside the running server, and holds no password of the database',
    async () => {
      const { code, stderr } = await tool(original.home, database(source), 'backup', made);
      expect([code, stderr]).toEqual([0, '']);
      const dump = readFileSync(join(made, 'database.dump')).toString('latin1');
      const { server, migrator } = source;
      for (const role of [server, migrator])
        expect(dump).not.toContain(role.kind === 'socket' ? role.password : role.url);
    },
    PATIENCE_MS,
  );

  it(
    'is restored into an empty database, where its keys sign',
    async () => {
      const { code, stdout, stderr } = await tool(newHome, database(target), 'restore', made);
      expect([code, stderr, stdout]).toEqual([0, '', expect.not.stringContaining('WARNING')]);
      const restored = await RunningKeyman.start({ ...CHEAP_HASHING, ...database(target) }, newHome);
      try {
        const client = await restored.logIn(ana.userid, PASSWORD);
        const answer = await client.refusal('Sign/Hash', { cert: { certid: ana.certid, pin: PIN }, hash: HASH });
        expect(answer).toBe('K0000 ');
        // The server's role has its rights there again, and no more than those: the start has checked it.
        const verdict = await runBeside('audit-verify', { CINNABAR_HOME: newHome, ...database(target) });
        expect(verdict).toMatchObject({ code: 0 });
      } finally {
        await restored.end('SIGTERM');
      }
    },
    PATIENCE_MS,
  );

  it(
    'is not restored over a database that is not empty, and leaves that as it is',
    async () => {
      const home = RunningKeyman.emptyHome();
      const { code, stderr } = await tool(home, database(source), 'restore', made);
      expect([code, stderr]).toEqual([2, expect.stringContaining('already exists')]);
      expect(stderr).not.toContain(encodeURIComponent(passwordOf(source)));
      rmSync(home, { recursive: true, force: true });
      const answer = await ana.client.refusal('Sign/Hash', { cert: { certid: ana.certid, pin: PIN }, hash: HASH });
      expect(answer).toBe('K0000 ');
    },
    PATIENCE_MS,
  );
});

function passwordOf({ migrator }: TestPostgres): string {
  return migrator.kind === 'socket' ? migrator.password : new URL(migrator.url).password;
}
