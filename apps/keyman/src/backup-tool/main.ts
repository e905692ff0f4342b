import { SettingsProblem } from '@cinnabar/config';
import { CodedError } from '@cinnabar/core';
import { readKeymanSettings } from '../settings/index.ts';
import { makeBackup } from './make-backup.ts';
import { restoreBackup } from './restore-backup.ts';

const HELP = `bin/backup FOLDER: database and token into a new folder, beside running servers.
bin/restore FOLDER: such a folder into an empty CINNABAR_HOME, on this or another machine; then start keyman.

The token is in it where keyman made it itself (SoftHSM); another HSM is backed up by its own means, together with the
database. With a database of your own, DATABASE_URL and DATABASE_MIGRATION_URL say which; it must be empty for a restore,
with roles of the same names. Settings (environment variables) and TLS files are not in it.

Exit code: 0 done, 2 not done.
`;

async function main(): Promise<void> {
  const [command, folder, ...rest] = process.argv.slice(2);
  if (folder === '--help' || folder === '-h') {
    process.stdout.write(HELP);
    return;
  }
  const work = command === 'backup' ? makeBackup : command === 'restore' ? restoreBackup : undefined;
  if (work === undefined || folder === undefined || folder.startsWith('-') || rest.length > 0) {
    throw new Error('name one folder; --help says more');
  }
  await work(readKeymanSettings(process.env), folder, (line) => process.stdout.write(`${line}\n`));
}

main().catch((error: unknown) => {
  const isSentence = error instanceof SettingsProblem || CodedError.is(error) || error instanceof Error;
  process.stderr.write(`not done: ${isSentence ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
