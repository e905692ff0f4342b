import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { clientConfig, type ConnectionHabits, type DatabaseAddress } from './database-address.ts';
import { sqlStateOf } from './database-errors.ts';
import { startRefusal } from './start-refusal.ts';

export const OLDEST_POSTGRES_MAJOR = 15;

/** The table in which TypeORM remembers the migrations that ran. */
export const MIGRATIONS_TABLE = 'schema_migration';

type ClassList = readonly (new () => unknown)[];

export interface DataSourceSettings extends ConnectionHabits {
  readonly poolSize: number;
  /** Named one by one: no folder is searched. */
  readonly entities: ClassList;
  readonly migrations?: ClassList;
  /** Told of a pooled connection that broke while nobody used it; the pool replaces it by itself. */
  readonly onIdleConnectionError?: (error: Error) => void;
}

/** TypeORM's options; nowhere does anything synchronise a schema: migrations alone change it. */
export function dataSourceOptions(address: DatabaseAddress, settings: DataSourceSettings): DataSourceOptions {
  return {
    type: 'postgres',
    driver: pg,
    entities: [...settings.entities] as (new () => object)[],
    migrations: [...(settings.migrations ?? [])] as (new () => object)[],
    migrationsTableName: MIGRATIONS_TABLE,
    migrationsRun: false,
    synchronize: false,
    installExtensions: false,
    logging: false,
    poolSize: settings.poolSize,
    poolErrorHandler: (error: Error) => settings.onIdleConnectionError?.(error),
    // TypeORM knows few of the driver's options by name and hands the rest on as they are.
    extra: clientConfig(address, settings),
  };
}

/**
 * Connects, and refuses servers that are too old.
 * @throws CodedError with a sentence for the operator
 */
export async function connectDataSource(address: DatabaseAddress, settings: DataSourceSettings): Promise<DataSource> {
  const dataSource = new DataSource(dataSourceOptions(address, settings));
  try {
    await dataSource.initialize();
  } catch (error) {
    throw connectionRefusal(error);
  }
  try {
    await requireSupportedServer(dataSource);
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
  return dataSource;
}

async function requireSupportedServer(dataSource: DataSource): Promise<void> {
  const rows: { server_version_num: string }[] = await dataSource.query('SHOW server_version_num');
  const version = Number(rows[0]?.server_version_num ?? 0);
  const major = Math.floor(version / 10_000);
  if (major < OLDEST_POSTGRES_MAJOR) {
    throw startRefusal(`The database is PostgreSQL ${major}; PostgreSQL ${OLDEST_POSTGRES_MAJOR} or newer is needed.`);
  }
}

/** What the operator can act on; the driver's text, which may name hosts and users, stays in the cause. */
export function connectionRefusal(error: unknown): Error {
  const state = sqlStateOf(error);
  if (state === '28P01' || state === '28000') {
    return startRefusal('The database refused the user or the password of DATABASE_URL.', error);
  }
  if (state === '3D000') return startRefusal('The database that DATABASE_URL names does not exist.', error);
  return startRefusal('The database cannot be reached: check DATABASE_URL and that PostgreSQL is running.', error);
}
