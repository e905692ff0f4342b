import { clientConfig, openDatabase, type OpenDatabase } from '@cinnabar/persistence';
import pg from 'pg';

type Row = Readonly<Record<string, unknown>>;

/** A running server's own database, under its own role: for states that no operation brings about yet, and for the passing of time. */
export class KeymanDatabase {
  private readonly database: OpenDatabase;
  private readonly client: pg.Client;

  private constructor(database: OpenDatabase, client: pg.Client) {
    this.database = database;
    this.client = client;
  }

  /** @param home the server's; to be closed before the server is removed */
  static async open(home: string): Promise<KeymanDatabase> {
    const database = await openDatabase({
      home,
      program: 'e2e',
      isServer: false,
      database: 'keyman',
      migrations: [],
    });
    const client = new pg.Client(clientConfig(database.server, { applicationName: 'e2e' }));
    await client.connect();
    return new KeymanDatabase(database, client);
  }

  async query(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const { rows } = await this.client.query<Row>(sql, [...values]);
    return rows;
  }

  async addOrganisation(orgaid: string, parent: string | null): Promise<void> {
    await this.query(
      'INSERT INTO organisation (orgaid, parent, name, created_at) VALUES ($1, $2, $1, clock_timestamp())',
      [orgaid, parent],
    );
  }

  async close(): Promise<void> {
    await this.client.end();
    await this.database.close();
  }
}
