import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type AuditVerdict, verifyAudit } from '@cinnabar/audit';
import { readSettings, SettingsProblem } from '@cinnabar/config';
import { CodedError } from '@cinnabar/core';
import { openDatabase, sqlStateOf, startRefusal } from '@cinnabar/persistence';
import { DECLARED } from '../settings/declarations.ts';
import { verdictText } from './verdict-text.ts';

const HELP = `bin/audit-verify [--json]: proves every chain of the audit, or names the first bad record and the others.

It works beside a running keyman, or alone: then it starts the private database and stops it again.
CINNABAR_HOME or DATABASE_URL say which audit, as for bin/up.

  --json   print the verdict as JSON: intact, chains, links, waiting, problems[{kind, chain, seq, auditid, detail}], problemCount
  --help   print this

Exit code: 0 intact, 1 not intact, 2 could not be verified.
`;

const EXIT = { intact: 0, notIntact: 1, notVerified: 2 } as const;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } });
  if (values.help === true) {
    process.stdout.write(HELP);
    return EXIT.intact;
  }
  const verdict = await verify();
  process.stdout.write(values.json === true ? `${JSON.stringify(verdict, null, 2)}\n` : verdictText(verdict));
  return verdict.intact ? EXIT.intact : EXIT.notIntact;
}

async function verify(): Promise<AuditVerdict> {
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
    return await verifyAudit(database.server, { onProgress: showProgress });
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
