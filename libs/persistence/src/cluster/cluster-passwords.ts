import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createPrivateFile, readIfPresent } from '../private-file.ts';

/** Whose passwords are kept: the cluster's superuser, the owner of the schema and the server. */
export type ClusterRole = 'superuser' | 'migrator' | 'server';

export interface ClusterPassword {
  readonly password: string;
  /** True where the file was missing, so that the database does not know this password yet. */
  readonly isNew: boolean;
}

/** The role's password from `<home>/secrets/postgres-<role>.password` (mode 600); made from 192 random bits at first. */
export async function clusterPassword(home: string, role: ClusterRole): Promise<ClusterPassword> {
  const path = passwordFile(home, role);
  const kept = await readIfPresent(path);
  if (kept !== undefined) return { password: kept.trim(), isNew: false };
  const password = randomBytes(24).toString('base64url');
  // Two first starts at once end up with one password.
  return (await createPrivateFile(path, `${password}\n`))
    ? { password, isNew: true }
    : await clusterPassword(home, role);
}

export function passwordFile(home: string, role: ClusterRole): string {
  return join(home, 'secrets', `postgres-${role}.password`);
}
