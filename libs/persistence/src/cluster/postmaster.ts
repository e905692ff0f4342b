import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSystemError, readIfPresent } from '../private-file.ts';
import { credentials } from './cluster-account.ts';
import type { ClusterPlace } from './cluster-place.ts';
import { cleanEnvironment } from './initialise-cluster.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { isAlive } from './postmaster-pid.ts';

export const PORT = 5432;

const LOG_LIMIT_BYTES = 8 * 1024 * 1024;

/** Given on the command line, so that a newer Cinnabar's values hold for an older cluster. */
function settings(place: ClusterPlace, durable: boolean): string[] {
  const values: Record<string, string> = {
    listen_addresses: '',
    port: String(PORT),
    unix_socket_directories: place.socketFolder,
    unix_socket_permissions: '0700',
    max_connections: '120',
    fsync: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    synchronous_commit: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    log_min_messages: 'warning',
    // Statements and DETAIL lines quote rows; what is in rows does not belong into a log.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_statement: 'none',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * Starts a postmaster in a session of its own: the terminal's Ctrl-C goes to us alone, and we stop the database last.
 * It outlives us when we are killed; the next start takes it over.
 * @returns its process number, and a promise that is resolved when the postmaster ends, with its exit code
 */
export async function startPostmaster(
  place: ClusterPlace,
  binaries: PostgresBinaries,
  { durable }: { durable: boolean },
): Promise<{ pid: number | undefined; ended: Promise<number | null> }> {
  await rotateLog(place.logFile);
  const log = await open(place.logFile, 'a', 0o600);
  try {
    const child = spawn(join(binaries.folder, 'postgres'), ['-D', place.dataFolder, ...settings(place, durable)], {
      ...credentials(place.account),
      cwd: place.folder,
      env: cleanEnvironment(binaries),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    await once(child, 'spawn');
    child.unref();
    return { pid: child.pid, ended: new Promise((resolve) => child.once('exit', resolve)) };
  } finally {
    await log.close();
  }
}

/**
 * Fast shutdown (SIGINT): sessions are ended, everything is written. Resolves when the process is gone.
 * @throws Error when it is not gone after `timeoutMs`
 */
export async function stopPostmaster(pid: number, timeoutMs = 30_000): Promise<void> {
  if (!(await isAlive(pid))) return;
  process.kill(pid, 'SIGINT');
  for (let waitedMs = 0; await isAlive(pid); waitedMs += 10) {
    if (waitedMs >= timeoutMs) throw new Error(`PostgreSQL (pid ${pid}) did not stop within ${timeoutMs} ms`);
    await sleep(10);
  }
}

/**
 * Clears the lock files of a postmaster that was killed and whose process number belongs to another program now:
 * PostgreSQL would take that program for a postmaster and refuse to start. Only files that still name this very pid go.
 */
export async function removeLeftBehindLocks(place: ClusterPlace, pid: number): Promise<void> {
  const files = [join(place.dataFolder, 'postmaster.pid'), join(place.socketFolder, `.s.PGSQL.${PORT}.lock`)];
  for (const file of files) {
    if (Number((await readIfPresent(file))?.split('\n')[0]) === pid) await rm(file);
  }
}

async function rotateLog(path: string): Promise<void> {
  try {
    if ((await stat(path)).size > LOG_LIMIT_BYTES) await rename(path, `${path}.1`);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
}
