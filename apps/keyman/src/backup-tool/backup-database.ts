import { PrivateCluster, startRefusal, type DatabaseAddress } from '@cinnabar/persistence';
import type { KeymanSettings } from '../settings/index.ts';

/** The database as backups see it. */
export interface BackupDatabase {
  readonly server: DatabaseAddress;
  /** The role that owns the schema, which reads and writes all of it. */
  readonly owner: DatabaseAddress;
  close(): Promise<void>;
}

/** Joins or starts the private cluster (and makes it, where there is none), or takes the outside database that the settings name. */
export async function openBackupDatabase(settings: KeymanSettings): Promise<BackupDatabase> {
  const { databaseUrl, migrationUrl, home } = settings;
  if (databaseUrl === undefined) {
    const cluster = await PrivateCluster.open({
      home,
      program: 'backup',
      isServer: false,
      database: 'keyman',
      serverRole: 'keyman',
    });
    return { server: cluster.server, owner: cluster.migrator, close: () => cluster.close() };
  }
  if (migrationUrl === undefined) {
    throw startRefusal('Set DATABASE_MIGRATION_URL to the role that owns the schema: the server’s own role cannot.');
  }
  const address = (url: string): DatabaseAddress => ({ kind: 'url', url });
  return { server: address(databaseUrl), owner: address(migrationUrl), close: () => Promise.resolve() };
}
