import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPostgres, type TestPostgres } from '@cinnabar/testing';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import {
  connectDataSource,
  grantToServer,
  isUniqueViolation,
  preparedQueries,
  requireAppendOnly,
  requireNoPendingMigrations,
  Transactions,
} from './index.ts';

class Ledger1700000000001 implements MigrationInterface {
  readonly name = 'Ledger1700000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE ledger (id int PRIMARY KEY, note text)');
    await grantToServer(runner, 'SELECT, INSERT', 'ledger');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE ledger');
  }
}

class Later1700000000002 implements MigrationInterface {
  readonly name = 'Later1700000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE later (id int)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE later');
  }
}

let postgres: TestPostgres;
let server: DataSource;

async function connectAs(address: TestPostgres['server']): Promise<DataSource> {
  return await connectDataSource(address, {
    applicationName: 'specs',
    poolSize: 4,
    entities: [],
    statementTimeoutMs: 500,
  });
}

beforeAll(async () => {
  postgres = await createPostgres();
  await postgres.migrate(Ledger1700000000001);
  server = await connectAs(postgres.server);
}, 30_000);

afterAll(async () => {
  await server.destroy();
  await postgres.close();
});

describe('migrations', () => {
  it('run once, and grant rights to the role of the server', async () => {
    await postgres.migrate(Ledger1700000000001);
    await server.query("INSERT INTO ledger VALUES (1, 'first')");
    await expect(server.query('DROP TABLE ledger')).rejects.toThrow('must be owner');
    await expect(server.query('CREATE TABLE mine (id int)')).rejects.toThrow('permission denied for schema public');
  });

  it('stop the start with a sentence while one is pending and nobody may run it', async () => {
    await requireNoPendingMigrations(server, [Ledger1700000000001]);
    await expect(requireNoPendingMigrations(server, [Ledger1700000000001, Later1700000000002])).rejects.toThrow(
      'lacks 1 migration(s) (Later1700000000002): set DATABASE_MIGRATION_URL',
    );
  });
});

describe('an append-only table', () => {
  it('is one that the role can add to and nothing else', async () => {
    await requireAppendOnly(server, ['ledger']);
  });

  it('is refused where it is missing', async () => {
    await expect(requireAppendOnly(server, ['nowhere'])).rejects.toThrow('nowhere does not exist');
  });

  const superuser = async (work: (admin: DataSource) => Promise<unknown>): Promise<void> => {
    const admin = await connectAs(postgres.superuser);
    try {
      await work(admin);
    } finally {
      await admin.destroy();
    }
  };

  it.each([
    ['GRANT UPDATE (note) ON ledger TO keyman', 'REVOKE UPDATE (note) ON ledger FROM keyman', 'can be updated'],
    ['GRANT DELETE ON ledger TO keyman', 'REVOKE DELETE ON ledger FROM keyman', 'can be deleted from'],
    ['GRANT TRUNCATE ON ledger TO PUBLIC', 'REVOKE TRUNCATE ON ledger FROM PUBLIC', 'can be truncated'],
    ['GRANT cinnabar_migrator TO keyman', 'REVOKE cinnabar_migrator FROM keyman', 'is owned by this role'],
    ['ALTER SCHEMA public OWNER TO keyman', 'ALTER SCHEMA public OWNER TO cinnabar_migrator', 'lies in a schema owned'],
    ['ALTER ROLE keyman CREATEROLE', 'ALTER ROLE keyman NOCREATEROLE', 'has CREATEROLE'],
    ['ALTER ROLE keyman SUPERUSER', 'ALTER ROLE keyman NOSUPERUSER', 'any superuser, and this role is one'],
  ])('is refused after %s', async (grant, revoke, sentence) => {
    await superuser((admin) => admin.query(grant));
    await expect(requireAppendOnly(server, ['ledger'])).rejects.toThrow(sentence);
    await superuser((admin) => admin.query(revoke));
    await requireAppendOnly(server, ['ledger']);
  });
});

describe('connections', () => {
  it('cancel a statement that takes too long', async () => {
    await expect(server.query('SELECT pg_sleep(5)')).rejects.toThrow('statement timeout');
  });

  it('refuse a wrong password with a sentence that does not hold it', async () => {
    const wrong = { ...postgres.server, password: 'not-the-password' };
    await expect(connectAs(wrong)).rejects.toThrow(/^The database refused the user or the password/);
  });

  it('run prepared statements on the pool', async () => {
    const queries = preparedQueries(server);
    const twice = { name: 'twice', text: 'SELECT $1::int * 2 AS twice', values: [21] };
    expect(await queries.query<{ twice: number }>(twice)).toEqual([{ twice: 42 }]);
  });

  it('tell a duplicate apart from other failures', async () => {
    await server.query("INSERT INTO ledger VALUES (7, '')");
    const duplicate: unknown = await server.query("INSERT INTO ledger VALUES (7, '')").catch((error: unknown) => error);
    expect(isUniqueViolation(duplicate, 'ledger_pkey')).toBe(true);
    expect(isUniqueViolation(duplicate, 'another')).toBe(false);
  });
});

describe('a transaction', () => {
  it('is begun anew after a serialization failure', async () => {
    await server.query("INSERT INTO ledger VALUES (100, 'a'), (101, 'a')");
    const admin = await connectAs(postgres.migrator);
    const transactions = new Transactions(admin);
    let attempts = 0;
    await transactions.run(async (manager) => {
      attempts += 1;
      await manager.query('SELECT note FROM ledger WHERE id = 100');
      if (attempts === 1) await admin.query("UPDATE ledger SET note = 'b' WHERE id = 100");
      await manager.query("UPDATE ledger SET note = note || 'c' WHERE id = 100");
    }, 'REPEATABLE READ');
    expect(attempts).toBe(2);
    expect(await admin.query('SELECT note FROM ledger WHERE id = 100')).toEqual([{ note: 'bc' }]);
    await admin.destroy();
  });

  it('leaves nothing behind when its work throws', async () => {
    const failing = new Transactions(server).run(async (manager) => {
      await manager.query("INSERT INTO ledger VALUES (200, '')");
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await server.query('SELECT 1 FROM ledger WHERE id = 200')).toEqual([]);
  });
});
