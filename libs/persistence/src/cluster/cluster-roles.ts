import pg from 'pg';
import { clientConfig, type DatabaseAddress } from '../database-address.ts';
import type { ClusterPassword } from './cluster-passwords.ts';

/** Owns the database's schema; migrations alone work under it. */
export const MIGRATOR = 'cinnabar_migrator';

export interface DatabaseRoles {
  readonly database: string;
  readonly migrator: ClusterPassword;
  readonly serverRole: string;
  readonly server: ClusterPassword;
}

/** Makes the roles and the database, or what of them is missing: a start that was killed in between is taken up again. */
export async function ensureRolesAndDatabase(
  superuser: pg.Client,
  inDatabase: (database: string) => DatabaseAddress,
  { database, migrator, serverRole, server }: DatabaseRoles,
): Promise<void> {
  await ensureRole(superuser, MIGRATOR, migrator);
  await ensureRole(superuser, serverRole, server);
  const { rowCount } = await superuser.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
  if (rowCount !== 0) return;
  const name = pg.escapeIdentifier(database);
  await superuser.query(`CREATE DATABASE ${name} OWNER ${MIGRATOR} TEMPLATE template0 ENCODING 'UTF8'`);
  const inside = new pg.Client(clientConfig(inDatabase(database), { applicationName: 'cinnabar set-up' }));
  await inside.connect();
  try {
    await inside.query(`ALTER SCHEMA public OWNER TO ${MIGRATOR}`);
    await inside.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
    await inside.query(`GRANT CONNECT ON DATABASE ${name} TO ${pg.escapeIdentifier(serverRole)}`);
    await inside.query(`GRANT USAGE ON SCHEMA public TO ${pg.escapeIdentifier(serverRole)}`);
  } finally {
    await inside.end();
  }
}

async function ensureRole(superuser: pg.Client, name: string, { password, isNew }: ClusterPassword): Promise<void> {
  const { rowCount } = await superuser.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name]);
  const exists = rowCount !== 0;
  if (exists && !isNew) return;
  const verb = exists ? 'ALTER' : 'CREATE';
  await superuser.query(
    `${verb} ROLE ${pg.escapeIdentifier(name)} LOGIN PASSWORD ${pg.escapeLiteral(password)}
      NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS`,
  );
}
