import { join } from 'node:path';
import { clientConfig, type DatabaseAddress } from '@cinnabar/persistence';
import { createPostgres, type TestPostgres } from '@cinnabar/testing';
import pg from 'pg';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { RunningKeyman } from './running-keyman.ts';

/** Two servers, each a process of its own, on one outside database and one token. */
export class TwoNodes {
  readonly nodeA: RunningKeyman;
  readonly nodeB: RunningKeyman;
  /** The database as its superuser sees it. */
  readonly client: pg.Client;
  private readonly postgres: TestPostgres;

  private constructor(postgres: TestPostgres, client: pg.Client, [nodeA, nodeB]: [RunningKeyman, RunningKeyman]) {
    this.postgres = postgres;
    this.client = client;
    this.nodeA = nodeA;
    this.nodeB = nodeB;
  }

  static async start(): Promise<TwoNodes> {
    const postgres = await createPostgres();
    const client = new pg.Client(clientConfig(postgres.superuser, { applicationName: 'e2e' }));
    await client.connect();
    const database = {
      ...CHEAP_HASHING,
      DATABASE_URL: urlOf(postgres.server),
      DATABASE_MIGRATION_URL: urlOf(postgres.migrator),
    };
    const nodeA = await RunningKeyman.start(database);
    const token = join(nodeA.home, 'softhsm');
    const nodeB = await RunningKeyman.start({
      ...database,
      SOFTHSM2_CONF: join(token, 'softhsm2.conf'),
      PKCS11_PIN_FILE: join(token, 'pin'),
    });
    return new TwoNodes(postgres, client, [nodeA, nodeB]);
  }

  async close(): Promise<void> {
    await this.nodeB.remove();
    await this.nodeA.remove();
    await this.client.end();
    await this.postgres.close();
  }
}

function urlOf(address: DatabaseAddress): string {
  if (address.kind === 'url') return address.url;
  const { socketFolder, port, database, user, password } = address;
  const folder = encodeURIComponent(socketFolder);
  return `postgresql://${user}:${encodeURIComponent(password)}@localhost:${port}/${database}?host=${folder}`;
}
