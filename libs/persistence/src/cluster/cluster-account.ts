import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { isSystemError } from '../private-file.ts';
import { startRefusal } from '../start-refusal.ts';

const run = promisify(execFile);

/** The system user under which the cluster's processes run. */
export interface ClusterAccount {
  readonly uid: number;
  readonly gid: number;
  /** True where we are root and have to step down; PostgreSQL refuses to run as root. */
  readonly steppedDown: boolean;
}

/** Tried in this order when root starts us: the Debian package's own user, then one that an operator made for us. */
const SYSTEM_USERS = ['postgres', 'cinnabar'];

/** The account for a new cluster. `nobody` is never taken: whatever else runs as nobody could read the database. */
export async function accountForNewCluster(): Promise<ClusterAccount> {
  const uid = ownUid();
  if (uid !== 0) return { uid, gid: process.getgid?.() ?? uid, steppedDown: false };
  for (const name of SYSTEM_USERS) {
    const account = await systemUser(name);
    if (account !== undefined) return account;
  }
  throw startRefusal(
    'Root cannot run PostgreSQL, and there is no system user to run it as: "adduser --system --group cinnabar" makes one.',
  );
}

/** The account that an existing cluster belongs to, if we may act as it. */
export function accountOfOwner(owner: { uid: number; gid: number }, path: string): ClusterAccount {
  const uid = ownUid();
  if (uid === owner.uid && uid !== 0) return { ...owner, steppedDown: false };
  if (uid === 0 && owner.uid !== 0) return { ...owner, steppedDown: true };
  throw startRefusal(
    `The private database ${path} belongs to another user (uid ${owner.uid}): start as that user or as root, or set another CINNABAR_HOME.`,
  );
}

/** Can that account pass through this folder? Asked of the kernel itself, so that access lists count too. */
export async function canTraverse(account: ClusterAccount, path: string): Promise<boolean> {
  try {
    await run('/usr/bin/test', ['-x', path], { ...credentials(account), cwd: '/' });
    return true;
  } catch (error) {
    // `test` ends with 1 for no, with more for trouble.
    if (isSystemError(error, '1')) return false;
    throw error;
  }
}

/** Options for a child process that is to run as that account. */
export function credentials(account: ClusterAccount): { uid?: number; gid?: number } {
  return account.steppedDown ? { uid: account.uid, gid: account.gid } : {};
}

export function ownUid(): number {
  const uid = process.getuid?.();
  if (uid === undefined) throw startRefusal('The private database needs a POSIX system: set DATABASE_URL.');
  return uid;
}

async function systemUser(name: string): Promise<ClusterAccount | undefined> {
  const ids: number[] = [];
  for (const option of ['-u', '-g']) {
    try {
      ids.push(Number((await run('/usr/bin/id', [option, name])).stdout));
    } catch (error) {
      // `id` ends with 1 where there is no such user.
      if (isSystemError(error, '1')) return undefined;
      throw error;
    }
  }
  const [uid, gid] = ids;
  return uid === undefined || gid === undefined ? undefined : { uid, gid, steppedDown: true };
}
