import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { postgresProgram, type DatabaseAddress } from '@cinnabar/persistence';

const run = promisify(execFile);

/** Dumps a database as its owner's administrator would: with the real pg_dump, in its custom format. */
export async function dump(address: DatabaseAddress, path: string): Promise<void> {
  await run(await postgresProgram('pg_dump'), [...connection(address), '--format=custom', `--file=${path}`], {
    env: environment(address),
  });
}

/** Puts a dump into an empty database that has roles of the same names. */
export async function restore(address: DatabaseAddress, path: string): Promise<void> {
  await run(await postgresProgram('pg_restore'), [...connection(address), '--exit-on-error', path], {
    env: environment(address),
  });
}

function connection(address: DatabaseAddress): string[] {
  if (address.kind === 'url') return [`--dbname=${address.url}`];
  return [
    `--host=${address.socketFolder}`,
    `--port=${address.port}`,
    `--username=${address.user}`,
    `--dbname=${address.database}`,
  ];
}

function environment(address: DatabaseAddress): NodeJS.ProcessEnv {
  return address.kind === 'url' ? {} : { PGPASSWORD: address.password };
}
