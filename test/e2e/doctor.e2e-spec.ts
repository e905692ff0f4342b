import { chmodSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runBeside } from './beside-keyman.ts';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { databaseAddress, databasePassword } from './database-roles.ts';
import { KeymanDatabase } from './keyman-database.ts';
import { addSigner } from './people.ts';
import { RunningKeyman, type Environment } from './running-keyman.ts';
import { urlOf } from './two-nodes.ts';

const PATIENCE_MS = 120_000;

describe('bin/doctor', () => {
  let keyman: RunningKeyman;

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    await addSigner(keyman, await keyman.admin(), 'ana');
  }, PATIENCE_MS);
  afterAll(() => keyman.remove());

  async function examine(environment: Environment = {}) {
    const { code, stdout } = await runBeside('doctor', { CINNABAR_HOME: keyman.home, ...environment });
    const lines = stdout.trim().split('\n');
    const failing = lines.filter((line) => line.startsWith('fail'));
    return { code, lines, failing, stdout };
  }

  it(
    'says one line each of a server that runs, with what its token lets out, and no secret',
    async () => {
      const { code, lines, stdout } = await examine();
      expect(code).toBe(0);
      expect(lines.map((line) => line.replace(/:.*/, ''))).toEqual([
        'ok    Node',
        expect.stringMatching(/^(ok|warn) +disk$/),
        'ok    secrets',
        'ok    network',
        'ok    database',
        'ok    database role',
        'ok    clocks',
        'ok    token',
        'ok    root keys',
        'warn  wrapping, CKM_AES_KEY_WRAP_PAD',
        'ok    audit key',
      ]);
      expect(stdout).toContain('the newest KEK has no unwrap template');
      for (const role of ['server', 'migrator', 'superuser'] as const) {
        expect(stdout).not.toContain(databasePassword(keyman.home, role));
      }
    },
    PATIENCE_MS,
  );

  it(
    'fails what does not fit: a mechanism, a role, a file, a missing key, a setting, an empty home',
    async () => {
      expect((await examine({ PKCS11_WRAPPING: 'CKM_AES_KEY_WRAP_KWP' })).failing).toEqual([
        expect.stringMatching(/^fail {2}wrapping, CKM_AES_KEY_WRAP_KWP: .*CKR_MECHANISM_INVALID/),
      ]);
      expect((await examine({ DATABASE_URL: urlOf(databaseAddress(keyman.home, 'migrator')) })).failing).toEqual([
        expect.stringMatching(/^fail {2}database role: .*could rewrite the audit/),
      ]);
      const pin = join(keyman.home, 'softhsm', 'pin');
      chmodSync(pin, 0o644);
      expect((await examine()).failing).toEqual([expect.stringContaining(`others may read ${pin}`)]);
      chmodSync(pin, 0o600);
      const database = await KeymanDatabase.open(keyman.home);
      await database.query('UPDATE certificate SET kek_version = 7');
      expect((await examine()).failing).toEqual([
        'fail  root keys: cinnabar-kek-7 is not on the token: 1 key cannot be opened',
      ]);
      await database.query('UPDATE certificate SET kek_version = 1');
      await database.close();
      const { code, failing } = await examine({ KEYMAN_PORT: 'many' });
      expect([code, failing]).toEqual([1, [expect.stringMatching(/^fail {2}settings: .*KEYMAN_PORT/)]]);
      const home = RunningKeyman.emptyHome();
      expect((await examine({ CINNABAR_HOME: home })).failing.map((line) => line.replace(/:.*/, ''))).toEqual([
        'fail  database',
        'fail  token',
      ]);
      expect([existsSync(join(home, 'pg')), existsSync(join(home, 'softhsm'))]).toEqual([false, false]);
      rmSync(home, { recursive: true });
    },
    PATIENCE_MS,
  );
});
