import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OLDEST_POSTGRES_MAJOR } from '../data-source.ts';
import { isSystemError } from '../private-file.ts';
import { startRefusal } from '../start-refusal.ts';

/** Where Debian's packages `postgresql-NN` put the programs: one folder per major version. */
const DEBIAN_ROOT = '/usr/lib/postgresql';

export interface PostgresBinaries {
  readonly major: number;
  /** Folder that holds `initdb` and `postgres`. */
  readonly folder: string;
}

/**
 * The newest installed PostgreSQL, or the very version that an existing cluster was made by: a data folder is readable
 * by its own major version only.
 * @throws CodedError naming the package to install
 */
export async function findPostgresBinaries(wantedMajor?: number, root = DEBIAN_ROOT): Promise<PostgresBinaries> {
  const installed = await installedMajors(root);
  const major = wantedMajor ?? installed[0];
  if (major !== undefined && installed.includes(major)) return { major, folder: join(root, String(major), 'bin') };
  if (wantedMajor !== undefined) {
    throw startRefusal(
      `The private database was made by PostgreSQL ${wantedMajor}, which is not installed: install the package postgresql-${wantedMajor}.`,
    );
  }
  throw startRefusal(
    `PostgreSQL ${OLDEST_POSTGRES_MAJOR} or newer is not installed: install the package postgresql, or set DATABASE_URL.`,
  );
}

async function installedMajors(root: string): Promise<number[]> {
  const majors: number[] = [];
  for (const name of await foldersIn(root)) {
    const major = Number(name);
    if (!Number.isInteger(major) || major < OLDEST_POSTGRES_MAJOR) continue;
    if (await isFile(join(root, name, 'bin', 'postgres'))) majors.push(major);
  }
  return majors.sort((left, right) => right - left);
}

async function foldersIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return false;
    throw error;
  }
}
