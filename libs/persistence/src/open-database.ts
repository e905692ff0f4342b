import { PrivateCluster } from './cluster/private-cluster.ts';
import { connectDataSource } from './data-source.ts';
import type { DatabaseAddress } from './database-address.ts';
import { migrate, requireNoPendingMigrations } from './migrations.ts';

export interface OpenDatabaseOptions {
  /** Set: an outside database. Unset: the private cluster of `home`. */
  readonly databaseUrl?: string | undefined;
  /** Role that owns the outside database's schema; without it pending migrations stop the start. */
  readonly migrationUrl?: string | undefined;
  readonly home: string;
  readonly program: string;
  /** True for the server itself, false for tools that come beside it and leave the schema alone. */
  readonly isServer: boolean;
  /** Name of the private cluster's database, and of the role that the server works under there. */
  readonly database: string;
  readonly migrations: readonly (new () => unknown)[];
  readonly onLost?: (error: unknown) => void;
}

export interface OpenDatabase {
  /** As whom the server connects: a role that owns nothing. */
  readonly server: DatabaseAddress;
  /** The role that owns the schema, for tools that do what the server must not; undefined where nobody named it. */
  readonly owner: DatabaseAddress | undefined;
  /** Names of the migrations that this call ran. */
  readonly migrated: readonly string[];
  /** Leaves the private cluster (the last program stops it); nothing to do for an outside database. */
  close(): Promise<void>;
}

/**
 * Makes a database ready for connections: up, of a supported version, with a complete schema.
 * @throws CodedError with a sentence for the operator
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<OpenDatabase> {
  return options.databaseUrl === undefined
    ? await openPrivate(options)
    : await openOutside(options, options.databaseUrl);
}

async function openPrivate(options: OpenDatabaseOptions): Promise<OpenDatabase> {
  const { home, program, isServer, database, migrations, onLost } = options;
  const cluster = await PrivateCluster.open({
    home,
    program,
    isServer,
    database,
    serverRole: database,
    ...(onLost === undefined ? {} : { onLost }),
  });
  try {
    const migrated = isServer ? await migrate(cluster.migrator, database, migrations) : [];
    return { server: cluster.server, owner: cluster.migrator, migrated, close: () => cluster.close() };
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

async function openOutside(options: OpenDatabaseOptions, url: string): Promise<OpenDatabase> {
  const server: DatabaseAddress = { kind: 'url', url };
  const owner: DatabaseAddress | undefined =
    options.migrationUrl === undefined ? undefined : { kind: 'url', url: options.migrationUrl };
  const dataSource = await connectDataSource(server, {
    applicationName: `${options.program} start`,
    poolSize: 1,
    entities: [],
  });
  try {
    const migrated: string[] = [];
    if (options.isServer && owner !== undefined) {
      const rows: { role: string }[] = await dataSource.query('SELECT current_user AS role');
      migrated.push(...(await migrate(owner, rows[0]?.role ?? '', options.migrations)));
    }
    await requireNoPendingMigrations(dataSource, options.migrations);
    return { server, owner, migrated, close: () => Promise.resolve() };
  } finally {
    await dataSource.destroy();
  }
}
