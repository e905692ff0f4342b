import { join } from 'node:path';
import { findPostgresBinaries } from './postgres-binaries.ts';

/** Path of one of PostgreSQL's own programs (`pg_dump`, `pg_restore`): of the newest version that is installed, which reads all older ones. */
export async function postgresProgram(name: 'pg_dump' | 'pg_restore'): Promise<string> {
  const { folder } = await findPostgresBinaries();
  return join(folder, name);
}
