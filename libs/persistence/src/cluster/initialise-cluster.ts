import { execFile } from 'node:child_process';
import { chown, open, readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isSystemError, readIfPresent } from '../private-file.ts';
import { startRefusal } from '../start-refusal.ts';
import { credentials } from './cluster-account.ts';
import type { ClusterPlace } from './cluster-place.ts';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { isAlive } from './postmaster-pid.ts';

const run = promisify(execFile);

export const SUPERUSER = 'postgres';

/** As many as initdb says of a child's failure and of what it removes after it. */
const SAID_LINES = 6;

/** Nobody enters without a password, not even the system user itself; there is no line for TCP. */
const HBA = `# Written by Cinnabar.
local all all scram-sha-256
`;

/** Says which version made the cluster, or undefined where there is none yet. */
export async function clusterMajor(place: ClusterPlace): Promise<number | undefined> {
  const text = await readIfPresent(join(place.dataFolder, 'PG_VERSION'));
  return text === undefined ? undefined : Number(text);
}

/**
 * Makes a cluster with data checksums and scram-sha-256. It is built beside its place and moved there at the end, so a
 * start that was killed half-way begins anew instead of finding half a database.
 */
export async function initialiseCluster(
  place: ClusterPlace,
  superuserPassword: string,
  { durable }: { durable: boolean },
): Promise<PostgresBinaries> {
  const binaries = await findPostgresBinaries();
  await removeUnfinished(place);
  const unfinished = join(place.folder, `unfinished-${process.pid}`);
  const passwordFile = `${unfinished}.password`;
  await writeForAccount(place, passwordFile, `${superuserPassword}\n`);
  try {
    await run(
      join(binaries.folder, 'initdb'),
      [
        `--pgdata=${unfinished}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C.UTF-8',
        '--data-checksums',
        '--no-instructions',
        ...(durable ? [] : ['--no-sync']),
      ],
      { ...credentials(place.account), cwd: place.folder, env: cleanEnvironment(binaries) },
    );
  } catch (error) {
    throw startRefusal(
      `PostgreSQL's initdb could not make the private database in ${place.folder}: ${programSaid(error)}`,
      error,
    );
  } finally {
    await unlink(passwordFile);
  }
  // Written over, not replaced: the file keeps its owner.
  await writeFile(join(unfinished, 'pg_hba.conf'), HBA);
  try {
    await rename(unfinished, place.dataFolder);
  } catch (error) {
    // Another first start was faster; its cluster has the same password, which both read from the same file.
    if (!isSystemError(error, 'ENOTEMPTY', 'EEXIST')) throw error;
    await rm(unfinished, { recursive: true });
  }
  return binaries;
}

/** What starts that were killed half-way left: `unfinished-<pid>` and its password file. */
async function removeUnfinished({ folder }: ClusterPlace): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(/^unfinished-(\d+)/.exec(name)?.[1]);
    if (Number.isInteger(pid) && (pid === process.pid || !(await isAlive(pid)))) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

/** The end of what the program said of its failure, in one line. It knows the password's file, and never tells the password. */
function programSaid(error: unknown): string {
  const { stderr, signal, message } = error as { stderr?: string; signal?: string | null; message?: string };
  const lines = (stderr ?? '').split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '').slice(-SAID_LINES);
  if (typeof signal === 'string') said.push(`ended by ${signal}`);
  return said.length > 0 ? said.join(' / ') : (message ?? 'it said nothing');
}

/** PG* variables of the operator's shell (PGDATA, PGPORT, PGOPTIONS, …) must not reach the cluster's programs. */
export function cleanEnvironment(binaries: PostgresBinaries): Record<string, string> {
  return { PATH: `${binaries.folder}:/usr/bin:/bin`, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
}

/** The last lines of the cluster's log, for an error's cause. */
export async function logTail(place: ClusterPlace): Promise<string> {
  return (await readFile(place.logFile, 'utf8')).split('\n').slice(-12).join('\n');
}

async function writeForAccount(place: ClusterPlace, path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
  } finally {
    await file.close();
  }
  if (place.account.steppedDown) await chown(path, place.account.uid, place.account.gid);
}
