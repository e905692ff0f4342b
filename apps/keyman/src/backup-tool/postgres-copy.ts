import { execFile } from 'node:child_process';
import { chmod, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { postgresProgram, startRefusal, type DatabaseAddress } from '@cinnabar/persistence';
import { libpqEnvironment } from './libpq-environment.ts';

const run = promisify(execFile);
const OUTPUT_MAX_BYTES = 1024 * 1024;

/** All of the database, at one moment, into a file for `pg_restore`; on the disk when it resolves. */
export async function dumpDatabase(owner: DatabaseAddress, path: string): Promise<void> {
  await runProgram('pg_dump', owner, ['--format=custom', `--file=${path}`]);
  await chmod(path, 0o600);
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** All of it into an empty database, or nothing. Roles of the same names must be there, as keyman makes them. */
export async function restoreDatabase(owner: DatabaseAddress, path: string): Promise<void> {
  await runProgram('pg_restore', owner, ['--no-owner', '--single-transaction', '--exit-on-error', path]);
}

/** The password goes by the environment, where `ps` does not look. */
async function runProgram(
  name: 'pg_dump' | 'pg_restore',
  address: DatabaseAddress,
  args: readonly string[],
): Promise<void> {
  const { PATH = '', HOME = '' } = process.env;
  const environment = libpqEnvironment(address);
  try {
    // pg_restore writes SQL to the terminal unless its arguments name the database.
    await run(await postgresProgram(name), [`--dbname=${environment.PGDATABASE}`, ...args], {
      env: { PATH, HOME, ...environment },
      maxBuffer: OUTPUT_MAX_BYTES,
    });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() ?? '';
    throw startRefusal(`${name} failed: ${said === '' ? 'it says nothing' : said}`, error);
  }
}
