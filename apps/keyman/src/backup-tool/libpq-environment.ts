import type { DatabaseAddress } from '@cinnabar/persistence';

/** libpq's own variables. */
export type LibpqEnvironment = Readonly<Record<'PGHOST' | 'PGPORT' | 'PGDATABASE' | 'PGUSER' | 'PGPASSWORD', string>> &
  Readonly<Partial<Record<(typeof TLS)[number][1], string>>>;

/** Parameters of a URL that say how TLS is done, and what libpq calls them. */
const TLS = [
  ['sslmode', 'PGSSLMODE'],
  ['sslrootcert', 'PGSSLROOTCERT'],
  ['sslcert', 'PGSSLCERT'],
  ['sslkey', 'PGSSLKEY'],
] as const;

/** Where that database is, for PostgreSQL's own programs: as the server reaches it, and its password not on a command line. */
export function libpqEnvironment(address: DatabaseAddress): LibpqEnvironment {
  if (address.kind === 'socket') {
    const { socketFolder, port, database, user, password } = address;
    return { PGHOST: socketFolder, PGPORT: String(port), PGDATABASE: database, PGUSER: user, PGPASSWORD: password };
  }
  const url = new URL(address.url);
  const tls = TLS.flatMap(([name, variable]) => {
    const value = url.searchParams.get(name);
    return value === null ? [] : [[variable, value] as const];
  });
  return {
    // An IPv6 address has brackets in a URL (RFC 3986 3.2.2) and none in PGHOST.
    PGHOST: url.searchParams.get('host') ?? url.hostname.replace(/^\[(.*)\]$/, '$1'),
    PGPORT: url.port === '' ? '5432' : url.port,
    PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    ...Object.fromEntries(tls),
  };
}
