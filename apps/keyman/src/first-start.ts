import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { systemClock } from '@cinnabar/core';
import { writePrivateFile } from '@cinnabar/persistence';
import type { DataSource } from 'typeorm';
import type { PasswordHasher } from './auth/password-hasher.ts';
import { OrganisationEntity } from './orga/organisation.entity.ts';
import type { KeymanSettings } from './settings/index.ts';
import { UserEntity } from './user/user.entity.ts';

export const FIRST_ORGANISATION = 'Main';
export const FIRST_ADMIN = 'admin';

export interface FirstAdmin {
  /** Where the password was written; undefined where the settings gave it, or the admin stood already. */
  readonly passwordPath: string | undefined;
  readonly created: boolean;
}

/** Makes the organisation `Main` and its admin where the database has no user yet. */
export async function ensureFirstAdmin(
  dataSource: DataSource,
  hasher: PasswordHasher,
  settings: KeymanSettings,
): Promise<FirstAdmin> {
  const nothing: FirstAdmin = { created: false, passwordPath: undefined };
  if (await dataSource.getRepository(UserEntity).exists()) return nothing;
  const given = settings.adminPassword;
  const password = given ?? randomBytes(18).toString('base64url');
  const passwordHash = await hasher.hash(password);
  return dataSource.transaction(async (manager) => {
    // Nodes that start at once on an empty database take turns.
    await manager.query('SELECT pg_advisory_xact_lock($1)', [FIRST_START_LOCK]);
    if (await manager.exists(UserEntity)) return nothing;
    const createdAt = systemClock.now();
    const organisation = { orgaid: FIRST_ORGANISATION, parent: null, name: FIRST_ORGANISATION, policy: {}, createdAt };
    await manager.createQueryBuilder().insert().into(OrganisationEntity).values(organisation).orIgnore().execute();
    await manager.insert(UserEntity, {
      ...PRIVILEGES,
      userid: FIRST_ADMIN,
      orgaid: FIRST_ORGANISATION,
      passwordHash,
      createdAt,
    });
    if (given !== undefined) return { created: true, passwordPath: undefined };
    // Before the commit: a kill between the two leaves a password that opens nothing, never an admin whom nobody can be.
    const passwordPath = join(settings.home, 'first-admin.txt');
    await writePrivateFile(passwordPath, `user: ${FIRST_ADMIN}\npassword: ${password}\n`);
    return { created: true, passwordPath };
  });
}

const FIRST_START_LOCK = 0x43_49_4e_46;
const PRIVILEGES = { disabled: false, valid: true, admin: true, superadmin: true, auditor: false, authprovider: 'db' };
