import type { ClientConfig } from 'pg';

/** Where a database is and as whom to enter it: a URL of the operator's, or the private cluster's socket. */
export type DatabaseAddress =
  | { readonly kind: 'url'; readonly url: string }
  | {
      readonly kind: 'socket';
      /** Folder of the Unix socket, absolute. */
      readonly socketFolder: string;
      readonly port: number;
      readonly database: string;
      readonly user: string;
      readonly password: string;
    };

export interface ConnectionHabits {
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** A statement that runs longer is cancelled by the server; undefined: no limit. */
  readonly statementTimeoutMs?: number;
  /** A connection that is not there in this time fails. Default 10 s. */
  readonly connectTimeoutMs?: number;
  /** Settings of the database session, `name → value`; names are ours, never a caller's. */
  readonly sessionSettings?: Readonly<Record<string, string>>;
}

/** The options of node-postgres for one connection to that address. */
export function clientConfig(address: DatabaseAddress, habits: ConnectionHabits): ClientConfig {
  const where: ClientConfig =
    address.kind === 'url'
      ? { connectionString: address.url }
      : {
          host: address.socketFolder,
          port: address.port,
          database: address.database,
          user: address.user,
          password: address.password,
          // Said outright: otherwise PGSSLMODE of the operator's shell would decide.
          ssl: false,
        };
  const sessionOptions = Object.entries(habits.sessionSettings ?? {}).map(
    // A space or a backslash ends a value in libpq's `options`, unless escaped.
    ([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`,
  );
  return {
    ...where,
    application_name: habits.applicationName,
    connectionTimeoutMillis: habits.connectTimeoutMs ?? 10_000,
    keepAlive: true,
    ...(habits.statementTimeoutMs === undefined ? {} : { statement_timeout: habits.statementTimeoutMs }),
    ...(sessionOptions.length === 0 ? {} : { options: sessionOptions.join(' ') }),
  };
}
