import { readFile } from 'node:fs/promises';
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
  | { readonly kind: 'running'; readonly postmaster: RunningPostmaster }
  /** A file left by a killed postmaster whose number another program has by now. */
  | { readonly kind: 'left-behind'; readonly pid: number };

/** Is a postmaster at work on this data folder, whoever started it? */
export async function postmasterState(dataFolder: string): Promise<PostmasterState> {
  const lines = (await readIfPresent(join(dataFolder, 'postmaster.pid')))?.split('\n');
  const pid = Number(lines?.[0]);
  if (lines === undefined || !Number.isInteger(pid) || pid <= 0) return { kind: 'none' };
  // PostgreSQL itself replaces the file of a process that is gone.
  if (!(await isAlive(pid))) return { kind: 'none' };
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
