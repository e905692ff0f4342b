import pg from 'pg';
import { DataSource, type QueryRunner } from 'typeorm';
import { connectionRefusal, dataSourceOptions, MIGRATIONS_TABLE } from './data-source.ts';
import { clientConfig, type DatabaseAddress } from './database-address.ts';
import { startRefusal } from './start-refusal.ts';

type MigrationClasses = readonly (new () => unknown)[];

/** Two programs that start at once take turns. The number is ours alone. */
const MIGRATION_LOCK = 0x43_49_4e_4d;

/** Under this name migrations find the role that the server works under. */
const SERVER_ROLE_SETTING = 'cinnabar.server_role';

/**
 * Runs what has not run yet, each migration in a transaction of its own, as the role that owns the schema.
 * @param owner address of that role, never the server's
 * @param serverRole the role that migrations grant rights to
 * @returns names of the migrations that ran
 */
export async function migrate(
  owner: DatabaseAddress,
  serverRole: string,
  migrations: MigrationClasses,
): Promise<readonly string[]> {
  const habits = { applicationName: 'cinnabar migrations' };
  const lock = new pg.Client(clientConfig(owner, habits));
  lock.on('error', () => undefined); // A lost connection rejects the query that needs it.
  try {
    await lock.connect();
  } catch (error) {
    throw connectionRefusal(error);
  }
  const dataSource = new DataSource(
    dataSourceOptions(owner, {
      ...habits,
      sessionSettings: { [SERVER_ROLE_SETTING]: serverRole },
      poolSize: 2,
      entities: [],
      migrations,
    }),
  );
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await dataSource.initialize();
    const ran = await dataSource.runMigrations({ transaction: 'each' });
    // The server reads this table at its start, to tell whether the schema is the one it was built for.
    await dataSource.query(
      `DO $$ BEGIN EXECUTE format('GRANT SELECT ON ${MIGRATIONS_TABLE} TO %I', current_setting('${SERVER_ROLE_SETTING}')); END $$`,
    );
    return ran.map(({ name }) => name);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    await lock.end();
  }
}

/** For migrations: gives the server's role these rights, e.g. `grantToServer(runner, 'SELECT, INSERT', 'audit_record')`. */
export async function grantToServer(runner: QueryRunner, privileges: string, onObjects: string): Promise<void> {
  const statement = `GRANT ${privileges} ON ${onObjects} TO %I`.replaceAll("'", "''");
  await runner.query(`DO $$ BEGIN EXECUTE format('${statement}', current_setting('${SERVER_ROLE_SETTING}')); END $$`);
}

/**
 * The start's check where no role for migrations is set: the schema must be complete.
 * @param server a connected DataSource of the server's role
 * @throws CodedError that names what is missing
 */
export async function requireNoPendingMigrations(server: DataSource, migrations: MigrationClasses): Promise<void> {
  const known: { exists: boolean }[] = await server.query('SELECT to_regclass($1) IS NOT NULL AS exists', [
    MIGRATIONS_TABLE,
  ]);
  const ran: { name: string }[] =
    known[0]?.exists === true ? await server.query(`SELECT name FROM ${MIGRATIONS_TABLE}`) : [];
  const names = new Set(ran.map(({ name }) => name));
  const pending = migrations.map((migration) => migration.name).filter((name) => !names.has(name));
  if (pending.length === 0) return;
  throw startRefusal(
    `The database lacks ${pending.length} migration(s) (${pending.join(', ')}): set DATABASE_MIGRATION_URL to the role that owns the schema and start again.`,
  );
}
