import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, mkdtemp, realpath, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSystemError } from '../private-file.ts';
import { startRefusal } from '../start-refusal.ts';
import { accountForNewCluster, accountOfOwner, canTraverse, type ClusterAccount } from './cluster-account.ts';

/** `sun_path` holds 107 bytes and a terminator (unix(7)); PostgreSQL appends this name. */
const SOCKET_PATH_BYTES = 107;
const SOCKET_NAME = '/.s.PGSQL.5432';

/** For clusters of root's whose home the system user cannot reach. */
const SYSTEM_STATE = '/var/lib/cinnabar';

export interface ClusterPlace {
  readonly account: ClusterAccount;
  /** Folder of the cluster, mode 700, owned by the account, free of symbolic links. */
  readonly folder: string;
  readonly dataFolder: string;
  /** Folder of the Unix socket, mode 700, with a path short enough for a socket. */
  readonly socketFolder: string;
  readonly logFile: string;
}

/**
 * Finds the cluster of this home or makes the (empty) folder for one: `<home>/pg`, or a link there to a folder below
 * /var/lib/cinnabar where the system user cannot pass through `home`. Rights of the operator's own folders stay as they are.
 */
export async function clusterPlace(home: string): Promise<ClusterPlace> {
  await mkdir(home, { recursive: true });
  const link = join(resolve(home), 'pg');
  const existing = await realpathIfPresent(link);
  const folder = existing ?? (await makeFolder(link));
  const { uid, gid, mode } = await lstat(folder);
  const account = accountOfOwner({ uid, gid }, folder);
  if ((mode & 0o077) !== 0) {
    throw startRefusal(`The private database's folder ${folder} can be entered by others: "chmod 700" it.`);
  }
  return {
    account,
    folder,
    dataFolder: join(folder, 'data'),
    socketFolder: await socketFolder(folder, account),
    logFile: join(folder, 'postgres.log'),
  };
}

async function makeFolder(link: string): Promise<string> {
  const account = await accountForNewCluster();
  const home = await realpath(join(link, '..'));
  if (!account.steppedDown || (await canTraverse(account, home))) {
    try {
      await mkdir(link, { mode: 0o700 });
      await give(link, account);
    } catch (error) {
      if (!isSystemError(error, 'EEXIST')) throw error;
      await sleep(100); // Another first start made it this instant and is giving it to the account.
    }
    return await realpath(link);
  }
  // The operator's umask may be narrower than what the system user needs to pass through.
  if ((await mkdir(SYSTEM_STATE, { recursive: true })) !== undefined) await chmod(SYSTEM_STATE, 0o755);
  // A name of its own each time: a home that was removed and made again must not meet the old cluster.
  const folder = await mkdtemp(join(SYSTEM_STATE, `${shortHash(home)}-`));
  await give(folder, account);
  await symlink(folder, link);
  return folder;
}

async function socketFolder(folder: string, account: ClusterAccount): Promise<string> {
  const beside = join(folder, 'socket');
  const fits = Buffer.byteLength(beside + SOCKET_NAME) <= SOCKET_PATH_BYTES;
  const path = fits
    ? beside
    : account.steppedDown
      ? `/run/cinnabar-${shortHash(folder)}`
      : `/tmp/cinnabar-${account.uid}-${shortHash(folder)}`;
  try {
    await mkdir(path, { mode: 0o700 });
    await give(path, account);
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
  }
  // Below /tmp somebody else could have been first: a socket in his folder would be his to read.
  const found = await lstat(path);
  if (!found.isDirectory() || found.uid !== account.uid || (found.mode & 0o077) !== 0) {
    throw startRefusal(`The folder ${path} is needed for the private database's socket, and is not ours: remove it.`);
  }
  return path;
}

async function give(path: string, account: ClusterAccount): Promise<void> {
  if (account.steppedDown) await chown(path, account.uid, account.gid);
}

async function realpathIfPresent(path: string): Promise<string | undefined> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error;
  }
  if ((await lstatIfPresent(path)) === undefined) return undefined;
  throw startRefusal(
    `${path} points to a folder that is gone: restore the folder, or remove the link for a new database.`,
  );
}

async function lstatIfPresent(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function shortHash(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 12);
}
