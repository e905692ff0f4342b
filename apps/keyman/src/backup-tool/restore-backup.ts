import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { listRootKeys } from '@cinnabar/custody/pkcs11';
import { connectDataSource, startRefusal, type DatabaseAddress } from '@cinnabar/persistence';
import { registeredRootKeys, rootKeyUses } from '../root-keys/root-key-registry.ts';
import { missingText, tokenFit } from '../root-keys/token-fit.ts';
import { existingPkcs11Settings, softHsmFolder } from '../token-settings.ts';
import type { KeymanSettings } from '../settings/index.ts';
import { openBackupDatabase } from './backup-database.ts';
import { CHECKPOINTS, DUMP, readManifest, TOKEN } from './backup-manifest.ts';
import { restoreDatabase } from './postgres-copy.ts';
import { copyFilePrivately, copyPrivately } from './private-copy.ts';

/** A backup into an empty home (or an empty outside database), and says whether its token and its database belong together. */
export async function restoreBackup(
  settings: KeymanSettings,
  from: string,
  tell: (line: string) => void,
): Promise<void> {
  const source = resolve(from);
  const { hasToken, madeAt } = await readManifest(source);
  const { home, databaseUrl, pkcs11PinPath } = settings;
  const ownToken = pkcs11PinPath === undefined;
  if (databaseUrl === undefined) refuseExisting(join(home, 'pg'));
  if (ownToken) refuseExisting(softHsmFolder(home));
  if (ownToken && !hasToken) {
    throw startRefusal(
      'The backup has no token: restore the HSM’s first, and set PKCS11_MODULE, PKCS11_TOKEN and PKCS11_PIN_FILE.',
    );
  }
  await mkdir(home, { recursive: true });
  if (ownToken) await copyPrivately(join(source, TOKEN), softHsmFolder(home));
  const database = await openBackupDatabase(settings);
  try {
    await restoreDatabase(database.owner, join(source, DUMP));
    for (const line of await fitOf(settings, database.server)) tell(line);
  } finally {
    await database.close();
  }
  const { path } = settings.checkpoints;
  if (existsSync(join(source, CHECKPOINTS)) && !existsSync(path))
    await copyFilePrivately(join(source, CHECKPOINTS), path);
  tell(`${home} is as it was at ${madeAt}. Start keyman, then: bin/audit-verify`);
}

function refuseExisting(path: string): void {
  if (existsSync(path))
    throw startRefusal(`${path} is there already: a backup is restored into an empty CINNABAR_HOME.`);
}

async function fitOf(settings: KeymanSettings, server: DatabaseAddress): Promise<string[]> {
  const dataSource = await connectDataSource(server, {
    applicationName: 'cinnabar restore',
    poolSize: 1,
    entities: [],
  });
  try {
    const onToken = await listRootKeys(await existingPkcs11Settings(settings));
    const fit = tokenFit(onToken, await registeredRootKeys(dataSource), await rootKeyUses(dataSource));
    return [
      ...fit.strangers.map(
        (label) => `WARNING: ${label} on the token is not the key that this database was used with.`,
      ),
      ...fit.missing.map((missing) => `WARNING: ${missingText(missing)}.`),
    ];
  } finally {
    await dataSource.destroy();
  }
}
