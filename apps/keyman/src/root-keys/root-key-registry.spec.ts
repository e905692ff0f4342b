import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KEYMAN_MIGRATIONS } from '@cinnabar/keyman-migrations';
import { clientConfig } from '@cinnabar/persistence';
import { createPostgres, type TestPostgres } from '@cinnabar/testing';
import pg from 'pg';
import { rootKeyUses } from './root-key-registry.ts';

/** Columns that name a root key by its number; each is counted, and each table refuses retired ones. */
const COUNTED = ['certificate.kek_version', 'key_slot.kdf', 'one_time_code.hmac_key_version'];

describe('what names a root key', () => {
  let postgres: TestPostgres;
  let client: pg.Client;

  beforeAll(async () => {
    postgres = await createPostgres();
    await postgres.migrate(...KEYMAN_MIGRATIONS);
    client = new pg.Client(clientConfig(postgres.superuser, { applicationName: 'spec' }));
    await client.connect();
  }, 60_000);
  afterAll(async () => {
    await client.end();
    await postgres.close();
  });

  it('is all counted: a table that holds wrapped keys or slots and is not here could be lost with a KEK', async () => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
        WHERE table_schema = 'public' AND (column_name LIKE '%kek%' OR column_name LIKE '%hmac%' OR column_name = 'kdf') ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual(COUNTED);
    expect(await rootKeyUses({ query: async (text) => (await client.query(text)).rows as unknown })).toEqual([]);
  });

  it('is refused by the database where the key is retired', async () => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT tgrelid::regclass || ' ' || tgname AS name FROM pg_trigger WHERE tgname LIKE '%not_retired' AND tgenabled = 'O' ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual([
      'certificate certificate_kek_not_retired',
      'key_slot key_slot_hmac_key_not_retired',
      'one_time_code one_time_code_hmac_key_not_retired',
    ]);
  });
});
