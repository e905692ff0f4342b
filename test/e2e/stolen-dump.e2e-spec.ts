import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientConfig } from '@cinnabar/persistence';
import { createPostgres, type TestPostgres } from '@cinnabar/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { runBeside } from './beside-keyman.ts';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { databaseAddress } from './database-roles.ts';
import { addSigner, PASSWORD, PIN, type Signer } from './people.ts';
import { dump, restore } from './postgres-dump.ts';
import { RunningKeyman, type Environment } from './running-keyman.ts';
import { urlOf } from './two-nodes.ts';

const HASH = { algorithm: 'SHA256', digest: Buffer.alloc(32, 3).toString('base64') };

/** The thief has the whole dump, this very program, a token of his own, all rights in his own database, and the right PIN. */
describe('a stolen dump', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cinnabar-dump-'));
  let victim: RunningKeyman;
  let ana: Signer;
  let postgres: TestPostgres;
  let thief: pg.Client;
  let stolen: Environment;

  beforeAll(async () => {
    victim = await RunningKeyman.start(CHEAP_HASHING);
    ana = await addSigner(victim, await victim.admin(), 'ana');
    expect((await ana.client.call('Cert/PinCheck', { cert: { certid: ana.certid, pin: PIN } })).code).toBe('K0000');
    const path = join(folder, 'stolen.dump');
    await dump(databaseAddress(victim.home, 'superuser'), path);
    postgres = await createPostgres();
    await restore(postgres.superuser, path);
    thief = new pg.Client(clientConfig(postgres.superuser, { applicationName: 'thief' }));
    await thief.connect();
    await thief.query('CREATE TABLE kept_slot AS TABLE key_slot; CREATE TABLE kept AS TABLE certificate');
    stolen = {
      ...CHEAP_HASHING,
      DATABASE_URL: urlOf(postgres.server),
      DATABASE_MIGRATION_URL: urlOf(postgres.migrator),
    };
  }, 120_000);
  afterAll(async () => {
    await thief.end();
    await postgres.close();
    await victim.remove();
    rmSync(folder, { recursive: true });
  });

  async function putBack(): Promise<void> {
    await thief.query('INSERT INTO certificate SELECT * FROM kept; INSERT INTO key_slot SELECT * FROM kept_slot');
  }

  it('is not served at all on a new token, nor on one that has root keys of the same names', async () => {
    const home = join(folder, 'home');
    const start = () => runBeside('up', { ...stolen, CINNABAR_HOME: home, KEYMAN_PORT: '0' });
    const onEmptyToken = await start();
    expect([onEmptyToken.code, onEmptyToken.stderr]).toEqual([
      1,
      expect.stringContaining(
        'The token has no root keys, but the database names cinnabar-kek-1 (1 key), cinnabar-slot-hmac-1 (1 slot). Restore the token that belongs to this database.',
      ),
    ]);
    await thief.query('DELETE FROM certificate');
    const onOwnToken = await start();
    await putBack();
    expect([onOwnToken.code, onOwnToken.stderr]).toEqual([
      1,
      expect.stringContaining(
        'The token is not the one that this database was used with: its cinnabar-kek-1, cinnabar-slot-hmac-1 are other keys of that name.',
      ),
    ]);
  });

  it('cannot be told from one with wrong PINs, once the thief has removed all that refuses it', async () => {
    // What the start looks at goes, so that the thief's own token gets root keys of the same names.
    await thief.query('DELETE FROM certificate; DELETE FROM root_key');
    const keyman = await RunningKeyman.start(stolen);
    try {
      await putBack();
      const session = await keyman.logIn('ana', PASSWORD);
      const answers: string[] = [];
      for (const pin of [PIN, 'Wrong-guess-1', PIN, 'Wrong-guess-2', PIN, PIN]) {
        answers.push(await session.refusal('Sign/Hash', { cert: { certid: ana.certid, pin }, hash: HASH }));
      }
      expect(answers).toEqual([
        'K0009 Wrong PIN, 4 tries left',
        'K0009 Wrong PIN, 3 tries left',
        'K0009 Wrong PIN, 2 tries left',
        'K0009 Wrong PIN, 1 try left',
        'K0010 The PIN is locked',
        'K0010 The PIN is locked',
      ]);
    } finally {
      await keyman.remove();
    }
  });

  it('opens where it was stolen from: the PIN was right all the while', async () => {
    const answer = await ana.client.call('Sign/Hash', { cert: { certid: ana.certid, pin: PIN }, hash: HASH });
    expect(answer.code).toBe('K0000');
  });
});
