import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type AuditVerdict, type CheckpointVerdict, verifyAudit, verifyCheckpoints } from '@cinnabar/audit';
import { readSettings, SettingsProblem } from '@cinnabar/config';
import { CodedError } from '@cinnabar/core';
import { openDatabase, sqlStateOf, startRefusal } from '@cinnabar/persistence';
import { DECLARED } from '../settings/declarations.ts';
import { checkpointText } from './checkpoint-text.ts';
import { verdictText } from './verdict-text.ts';

const HELP = `bin/audit-verify [--json] [--checkpoints FILE [--key PEM]]: proves every chain of the audit, or names the first bad record and the others.

It works beside a running keyman, or alone: then it starts the private database and stops it again.
CINNABAR_HOME or DATABASE_URL say which audit, as for bin/up.

  --checkpoints FILE   also: does all that these signed checkpoints tell of still stand? That alone shows a cut-off end.
  --key PEM            file of the public key that must have signed them; otherwise FILE's first line is believed
  --json               print the verdict as JSON: intact, chains, links, waiting, problems[{kind, chain, seq, auditid, detail}],
                       problemCount, and with --checkpoints also checkpoints{intact, checkpoints, lastTakenAt, absent, problems, problemCount}
  --help               print this

Exit code: 0 intact, 1 not intact, 2 could not be verified.
`;

const EXIT = { intact: 0, notIntact: 1, notVerified: 2 } as const;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      checkpoints: { type: 'string' },
      key: { type: 'string' },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return EXIT.intact;
  }
  const { audit, checkpoints } = await verify(values.checkpoints, values.key);
  if (values.json === true) {
    process.stdout.write(`${JSON.stringify(checkpoints ? { ...audit, checkpoints } : audit, null, 2)}\n`);
  } else {
    process.stdout.write(verdictText(audit));
    if (checkpoints) process.stdout.write(checkpointText(checkpoints));
  }
  return audit.intact && checkpoints?.intact !== false ? EXIT.intact : EXIT.notIntact;
}

interface Verdicts {
  readonly audit: AuditVerdict;
  readonly checkpoints: CheckpointVerdict | undefined;
}

async function verify(checkpointPath: string | undefined, keyPath: string | undefined): Promise<Verdicts> {
  const publicKeyPem = keyPath === undefined ? {} : { publicKeyPem: readFileSync(keyPath, 'utf8') };
  // Only what tells where the audit is: a slip in another setting must not keep anybody from verifying.
  const { databaseUrl, ...settings } = readSettings(
    { home: DECLARED.home, databaseUrl: DECLARED.databaseUrl },
    process.env,
  );
  const home = resolve(settings.home);
  if (databaseUrl === undefined && !existsSync(join(home, 'pg'))) {
    throw startRefusal(`There is no database under ${home}: set CINNABAR_HOME or DATABASE_URL.`);
  }
  const database = await openDatabase({
    databaseUrl,
    home,
    program: 'audit-verify',
    isServer: false,
    database: 'keyman',
    migrations: [],
  });
  try {
    const audit = await verifyAudit(database.server, { onProgress: showProgress });
    const checkpoints =
      checkpointPath === undefined
        ? undefined
        : await verifyCheckpoints(database.server, { path: checkpointPath, ...publicKeyPem });
    return { audit, checkpoints };
  } finally {
    endProgress();
    await database.close();
  }
}

function showProgress(links: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${links} links …`);
}

function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}

function reasonOf(error: unknown): string {
  if (error instanceof SettingsProblem || CodedError.is(error)) return error.message;
  if (sqlStateOf(error) === '42P01') return 'The database has no audit: keyman never started on it.';
  return error instanceof Error ? error.message : String(error);
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`The audit could not be verified. ${reasonOf(error)}\n`);
    process.exitCode = EXIT.notVerified;
  },
);
