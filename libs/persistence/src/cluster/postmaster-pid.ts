import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { isSystemError, readIfPresent } from '../private-file.ts';

/** What `postmaster.pid` says (PostgreSQL's src/include/utils/pidfile.h names its lines). */
export interface RunningPostmaster {
  readonly pid: number;
  /** Line 5; empty while the postmaster is not that far yet. */
  readonly socketFolder: string;
  /** Line 8: may clients connect? */
  readonly isReady: boolean;
}

export type PostmasterState =
  | { readonly kind: 'none' }
  /** Killed, but processes of it are still at work. */
  | { readonly kind: 'ending' }
  | { readonly kind: 'running'; readonly postmaster: RunningPostmaster }
  /**
   * A file left by a killed postmaster that PostgreSQL would take for a running one: another program has its number by
   * now, or nobody has waited for its end (state Z; usual in containers).
   */
  | { readonly kind: 'left-behind'; readonly pid: number };

/** Is a postmaster at work on this data folder, whoever started it? */
export async function postmasterState(dataFolder: string): Promise<PostmasterState> {
  const lines = (await readIfPresent(join(dataFolder, 'postmaster.pid')))?.split('\n');
  const pid = Number(lines?.[0]);
  if (lines === undefined || !Number.isInteger(pid) || pid <= 0) return { kind: 'none' };
  if (!(await isAlive(pid))) {
    // PostgreSQL itself replaces the file of a process that is gone.
    if (!(await isListed(pid))) return { kind: 'none' };
    // Its sessions may outlive a killed postmaster for an instant; until they are gone the file protects their memory.
    return (await worksIn(dataFolder)) ? { kind: 'ending' } : { kind: 'left-behind', pid };
  }
  if (!(await isPostmasterOf(pid, dataFolder))) return { kind: 'left-behind', pid };
  return {
    kind: 'running',
    postmaster: { pid, socketFolder: (lines[4] ?? '').trim(), isReady: (lines[7] ?? '').trim() === 'ready' },
  };
}

/** Does the process run? One that ended and that nobody has waited for (state Z; usual in containers) does not. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the name stands in parentheses and may hold any character; the state follows it.
    return !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ESRCH')) return false;
    throw error;
  }
}

/** Numbers of processes are used again, in containers within minutes; the command line tells who it is. */
async function isPostmasterOf(pid: number, dataFolder: string): Promise<boolean> {
  try {
    const commandLine = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    return (commandLine[0] ?? '').endsWith('/postgres') && commandLine.includes(dataFolder);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ESRCH')) return false;
    throw error;
  }
}

async function isListed(pid: number): Promise<boolean> {
  return (await readIfPresent(`/proc/${pid}/stat`)) !== undefined;
}

/** Does any process have this data folder as its working folder, as all of PostgreSQL's do? */
async function worksIn(dataFolder: string): Promise<boolean> {
  const folder = await realpath(dataFolder);
  for (const name of await readdir('/proc')) {
    if (/^\d+$/.test(name) && (await workingFolderOf(name)) === folder) return true;
  }
  return false;
}

/** Undefined for processes that have ended or belong to somebody else. */
async function workingFolderOf(pid: string): Promise<string | undefined> {
  try {
    return await readlink(`/proc/${pid}/cwd`);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return undefined;
    throw error;
  }
}
