import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DatabaseAddress, migrate, PrivateCluster } from '@cinnabar/persistence';

export interface TestPostgres {
  /** The role that a server works under: owns nothing. */
  readonly server: DatabaseAddress;
  /** The role that owns the schema. */
  readonly migrator: DatabaseAddress;
  /** For tests that play an attacker with all rights. */
  readonly superuser: DatabaseAddress;
  /** Runs migrations as their own role, as the server's start does. */
  migrate(...migrations: (new () => unknown)[]): Promise<void>;
  close(): Promise<void>;
}

/** The role's name in throw-away clusters, as in keyman's own. */
const SERVER_ROLE = 'keyman';

/**
 * A throw-away private cluster, the very code that `bin/up` uses, but for fsync (about 0.7 s to make). Call it in
 * `beforeAll` and `close()` it in `afterAll`, which removes every trace.
 */
export async function createPostgres(): Promise<TestPostgres> {
  // Directly below /tmp, so that the socket's path is short; the cluster's system user must pass through.
  const home = await mkdtemp(join('/tmp', 'cinnabar-test-'));
  await chmod(home, 0o711);
  const cluster = await PrivateCluster.open({
    home,
    program: 'tests',
    isServer: false,
    database: SERVER_ROLE,
    serverRole: SERVER_ROLE,
    durable: false,
  });
  return {
    server: cluster.server,
    migrator: cluster.migrator,
    superuser: cluster.superuser,
    async migrate(...migrations) {
      await migrate(cluster.migrator, SERVER_ROLE, migrations);
    },
    async close() {
      await cluster.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}
