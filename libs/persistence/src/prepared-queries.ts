import pg from 'pg';
import type { DataSource } from 'typeorm';

/** A statement that the server parses once per connection. The name belongs to exactly one text. */
export interface PreparedQuery {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

export interface PreparedQueries {
  /** Rows as node-postgres gives them: int8 as string, bytea as Buffer, timestamptz as Date. */
  query<Row>(query: PreparedQuery): Promise<readonly Row[]>;
}

/** The hot path's way to the database: TypeORM's own pool without TypeORM's work, one prepared statement per call. */
export function preparedQueries(dataSource: DataSource): PreparedQueries {
  const pool = poolOf(dataSource);
  return {
    async query<Row>({ name, text, values }: PreparedQuery): Promise<readonly Row[]> {
      const { rows } = await pool.query<Row & pg.QueryResultRow>({ name, text, values: [...values] });
      return rows;
    },
  };
}

function poolOf(dataSource: DataSource): pg.Pool {
  const { driver } = dataSource;
  if ('master' in driver && driver.master instanceof pg.Pool) return driver.master;
  throw new TypeError('this DataSource is not connected to PostgreSQL');
}
