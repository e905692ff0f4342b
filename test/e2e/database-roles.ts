import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { clientConfig, type DatabaseAddress } from '@cinnabar/persistence';
import pg from 'pg';

/** The server's own role, the owner of its schema, and an attacker with all rights. */
export type DatabaseRole = 'server' | 'migrator' | 'superuser';

const USERS: Readonly<Record<DatabaseRole, string>> = {
  server: 'keyman',
  migrator: 'cinnabar_migrator',
  superuser: 'postgres',
};

/** The private database of a server that runs on `home`, entered as somebody who has read that role's password file. */
export function databaseAddress(home: string, role: DatabaseRole): DatabaseAddress {
  return {
    kind: 'socket',
    socketFolder: join(realpathSync(join(home, 'pg')), 'socket'),
    port: 5432,
    database: 'keyman',
    user: USERS[role],
    password: databasePassword(home, role),
  };
}

export function databasePassword(home: string, role: DatabaseRole): string {
  return readFileSync(join(home, 'secrets', `postgres-${role}.password`), 'utf8').trim();
}

/** Process number of the private database, out of its lock file. */
export function postmasterPid(home: string): number {
  return Number(readFileSync(join(home, 'pg', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** One connection of that role. It takes no part in the cluster's life: the server alone starts and stops it. */
export class RoleConnection {
  private readonly client: pg.Client;

  private constructor(client: pg.Client) {
    this.client = client;
  }

  static async open(home: string, role: DatabaseRole): Promise<RoleConnection> {
    const client = new pg.Client(clientConfig(databaseAddress(home, role), { applicationName: 'e2e' }));
    client.on('error', () => undefined); // A lost connection rejects the query that needs it.
    await client.connect();
    return new RoleConnection(client);
  }

  async rows<Row extends Record<string, unknown>>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(sql, [...values])).rows;
  }

  /** The one value of a one-row answer. */
  async value<Value>(sql: string, values: readonly unknown[] = []): Promise<Value> {
    const [row] = await this.rows<{ value: Value }>(sql, values);
    if (row === undefined) throw new Error(`no row: ${sql}`);
    return row.value;
  }

  /** PostgreSQL's sentence for what it refuses, or `allowed`. */
  async attempt(sql: string): Promise<string> {
    try {
      await this.client.query(sql);
      return 'allowed';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
