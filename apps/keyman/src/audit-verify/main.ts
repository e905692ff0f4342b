import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type AuditVerdict,
  type CheckpointVerdict,
  verifyAudit,
  verifyCheckpoints,
  verifyExport,
} from '@cinnabar/audit';
import { readSettings } from '@cinnabar/config';
import { CodedError } from '@cinnabar/core';
import { openDatabase, startRefusal } from '@cinnabar/persistence';
import { toolFailure } from '../audit-tools/tool-failure.ts';
import { DECLARED } from '../settings/declarations.ts';
import { checkpointText } from './checkpoint-text.ts';
import { exportText } from './export-text.ts';
import { publicKeyIn } from './public-key-in.ts';
import { verdictText } from './verdict-text.ts';

const HELP = `bin/audit-verify [--json] [--checkpoints FILE] [--key PEM]: proves every chain of the audit, or names the first bad record and the others.
bin/audit-verify [--json] --export FILE [--key PEM]: proves an export, without database and HSM, or names the first bad line.

It works beside a running keyman, or alone: then it starts the private database and stops it again.
CINNABAR_HOME or DATABASE_URL say which audit, as for bin/up.

  --checkpoints FILE   also: does all that these signed checkpoints tell of still stand? That alone shows a cut-off end.
  --export FILE        prove this file of bin/audit-export and nothing else
  --key PEM            file of the public key that must have signed checkpoints, exports and what stays of removed chains;
                       otherwise the first line of the checkpoints (or of the export) is believed
  --json               print the verdict as JSON: intact, chains, removed, links, waiting, problems[{kind, chain, seq, auditid, detail}],
                       problemCount, and with --checkpoints also checkpoints{intact, checkpoints, lastTakenAt, absent, problems, problemCount};
                       with --export: intact, header, sha256, records, chains[], problems[{kind, line, chain, seq, detail}], problemCount
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
      export: { type: 'string' },
      key: { type: 'string' },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return EXIT.intact;
  }
  if (values.export !== undefined) {
    if (values.checkpoints !== undefined) {
      throw new CodedError('invalid-parameter', '--export and --checkpoints are two different questions.');
    }
    return await proveExport(values.export, values.key, values.json === true);
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

async function proveExport(path: string, keyPath: string | undefined, asJson: boolean): Promise<number> {
  const publicKeyPem = keyPath === undefined ? {} : { publicKeyPem: readFileSync(keyPath, 'utf8') };
  const verdict = await verifyExport({ path, ...publicKeyPem });
  process.stdout.write(asJson ? `${JSON.stringify(verdict, null, 2)}\n` : exportText(verdict, keyPath !== undefined));
  return verdict.intact ? EXIT.intact : EXIT.notIntact;
}

interface Verdicts {
  readonly audit: AuditVerdict;
  readonly checkpoints: CheckpointVerdict | undefined;
}

async function verify(checkpointPath: string | undefined, keyPath: string | undefined): Promise<Verdicts> {
  const publicKeyPem = keyPath === undefined ? {} : { publicKeyPem: readFileSync(keyPath, 'utf8') };
  // Only what tells where the audit is: a slip in another setting must not keep anybody from verifying.
  const { databaseUrl, ...settings } = readSettings(
    { home: DECLARED.home, databaseUrl: DECLARED.databaseUrl, checkpointPath: DECLARED.checkpointPath },
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
    const anchor = checkpointPath ?? settings.checkpointPath ?? join(home, 'audit-checkpoints.jsonl');
    const believed = keyPath === undefined ? publicKeyIn(anchor) : publicKeyPem;
    const audit = await verifyAudit(database.server, { onProgress: showProgress, ...believed });
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

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`The audit could not be verified. ${toolFailure(error)}\n`);
    process.exitCode = EXIT.notVerified;
  },
);
