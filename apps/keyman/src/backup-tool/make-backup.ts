import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { systemClock } from '@cinnabar/core';
import { listRootKeys } from '@cinnabar/custody/pkcs11';
import { connectDataSource, startRefusal } from '@cinnabar/persistence';
import { inTokenTurn } from '../root-keys/prepare-token.ts';
import { existingPkcs11Settings, softHsmFolder } from '../token-settings.ts';
import type { KeymanSettings } from '../settings/index.ts';
import { openBackupDatabase } from './backup-database.ts';
import { CHECKPOINTS, DUMP, sha256Of, TOKEN, writeManifest } from './backup-manifest.ts';
import { dumpDatabase } from './postgres-copy.ts';
import { copyFilePrivately, copyPrivately } from './private-copy.ts';

/**
 * Database and token into a new folder, beside running servers: first the database, then the token, while nobody makes
 * or destroys root keys, so that the token has every key that the database names. Whole or not there.
 */
export async function makeBackup(settings: KeymanSettings, to: string, tell: (line: string) => void): Promise<void> {
  const target = resolve(to);
  if (existsSync(target)) throw startRefusal(`${target} is there already: name a new folder.`);
  if (settings.databaseUrl === undefined && !existsSync(join(settings.home, 'pg'))) {
    throw startRefusal(`There is no database under ${settings.home}: set CINNABAR_HOME or DATABASE_URL.`);
  }
  const token = await existingPkcs11Settings(settings);
  const hasToken = settings.pkcs11PinPath === undefined;
  const unfinished = `${target}.unfinished`;
  const database = await openBackupDatabase(settings);
  try {
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    const dataSource = await connectDataSource(database.server, {
      applicationName: 'cinnabar backup',
      poolSize: 1,
      entities: [],
    });
    try {
      await inTokenTurn(dataSource, async () => {
        await dumpDatabase(database.owner, join(unfinished, DUMP));
        if (hasToken) await copyPrivately(softHsmFolder(settings.home), join(unfinished, TOKEN));
        const rootKeys = (await listRootKeys(token)).map(({ label }) => label);
        const { path } = settings.checkpoints;
        if (existsSync(path)) await copyFilePrivately(path, join(unfinished, CHECKPOINTS));
        await writeManifest(unfinished, {
          format: 1,
          madeAt: systemClock.now().toISOString(),
          dumpSha256: await sha256Of(join(unfinished, DUMP)),
          rootKeys,
          hasToken,
        });
      });
    } finally {
      await dataSource.destroy();
    }
    await rename(unfinished, target);
  } finally {
    await database.close();
  }
  tell(`${target}: database${hasToken ? ' and token' : ''}`);
  if (hasToken) {
    tell(
      'Whoever has this folder has all that the server has: a short PIN falls to him. Keep it as you keep the server.',
    );
  } else {
    tell(
      'The token is not in it: back it up with the HSM’s own means, now, while it has every key that this database names.',
    );
  }
}
