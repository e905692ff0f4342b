import { join } from 'node:path';
import { clientConfig, type DatabaseAddress } from '@cinnabar/persistence';
import { createPostgres, type TestPostgres } from '@cinnabar/testing';
import pg from 'pg';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { RunningKeyman, type Environment } from './running-keyman.ts';

/** Two servers, each a process of its own, on one outside database and one token. */
export class TwoNodes {
  readonly nodeA: RunningKeyman;
  readonly nodeB: RunningKeyman;
  /** The database as its superuser sees it. */
  readonly client: pg.Client;
  /** What node B was started with: for programs beside the two. */
  readonly environment: Environment;
  private readonly postgres: TestPostgres;

  private constructor(
    postgres: TestPostgres,
    client: pg.Client,
    environment: Environment,
    [nodeA, nodeB]: [RunningKeyman, RunningKeyman],
  ) {
    this.postgres = postgres;
    this.client = client;
    this.environment = environment;
    this.nodeA = nodeA;
    this.nodeB = nodeB;
  }

  static async start(settings: Environment = {}): Promise<TwoNodes> {
    const postgres = await createPostgres();
    const client = new pg.Client(clientConfig(postgres.superuser, { applicationName: 'e2e' }));
    await client.connect();
    const database = {
      ...CHEAP_HASHING,
      ...settings,
      DATABASE_URL: urlOf(postgres.server),
      DATABASE_MIGRATION_URL: urlOf(postgres.migrator),
    };
    const nodeA = await RunningKeyman.start(database);
    const token = join(nodeA.home, 'softhsm');
    const shared = {
      ...database,
      SOFTHSM2_CONF: join(token, 'softhsm2.conf'),
      PKCS11_PIN_FILE: join(token, 'pin'),
    };
    const nodeB = await RunningKeyman.start(shared);
    return new TwoNodes(postgres, client, shared, [nodeA, nodeB]);
  }

  async close(): Promise<void> {
    await this.nodeB.remove();
    await this.nodeA.remove();
    await this.client.end();
    await this.postgres.close();
  }
}

/** The address as a setting: with a socket's folder in the query. */
export function urlOf(address: DatabaseAddress): string {
  if (address.kind === 'url') return address.url;
  const { socketFolder, port, database, user, password } = address;
  const folder = encodeURIComponent(socketFolder);
  return `postgresql://${user}:${encodeURIComponent(password)}@localhost:${port}/${database}?host=${folder}`;
}
