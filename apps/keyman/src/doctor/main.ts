import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsProblem } from '@cinnabar/config';
import { systemClock } from '@cinnabar/core';
import { connectDataSource, openDatabase, startRefusal, type OpenDatabase } from '@cinnabar/persistence';
import type { DataSource } from 'typeorm';
import { existingPkcs11Settings } from '../token-settings.ts';
import { readKeymanSettings, type KeymanSettings } from '../settings/index.ts';
import { databaseChecks } from './database-checks.ts';
import { finding, type Finding } from './finding.ts';
import { machineChecks } from './machine-checks.ts';
import { tokenChecks } from './token-checks.ts';

const HELP = `bin/doctor [--json]: looks whether keyman can run here, and how safely; changes nothing.

One line each: Node, disk, files with secrets, network (TLS or loopback), database, its role, clocks, token, root keys,
wrapping, audit key. It works beside a running keyman, or alone: then it starts the private database and stops it again.
CINNABAR_HOME, DATABASE_URL and PKCS11_… say what it looks at, as for bin/up.

Exit code: 0 nothing fails (there may be warnings), 1 something fails.
`;

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(HELP);
    return 0;
  }
  const findings = await examine();
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
  else for (const { level, what, detail } of findings) process.stdout.write(`${level.padEnd(4)}  ${what}: ${detail}\n`);
  return findings.some(({ level }) => level === 'fail') ? 1 : 0;
}

async function examine(): Promise<Finding[]> {
  let settings: KeymanSettings;
  try {
    settings = readKeymanSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsProblem)) throw error;
    return [{ level: 'fail', what: 'settings', detail: error.message.replaceAll('\n', ' ') }];
  }
  const findings = await Promise.all(machineChecks(settings, systemClock));
  let database: OpenDatabase | undefined;
  let dataSource: DataSource | undefined;
  try {
    const opened = await finding('database', async () => {
      database = await existingDatabase(settings);
      dataSource = await connectDataSource(database.server, {
        applicationName: 'cinnabar doctor',
        poolSize: 2,
        entities: [],
      });
      return { level: 'ok', detail: '' };
    });
    if (dataSource === undefined) findings.push(opened);
    else findings.push(...(await Promise.all(databaseChecks(dataSource, systemClock))));
    findings.push(...(await examineToken(settings, dataSource)));
  } finally {
    await dataSource?.destroy();
    await database?.close();
  }
  return findings;
}

async function examineToken(settings: KeymanSettings, dataSource: DataSource | undefined): Promise<Finding[]> {
  try {
    return await tokenChecks(await existingPkcs11Settings(settings), dataSource);
  } catch (error) {
    return [{ level: 'fail', what: 'token', detail: error instanceof Error ? error.message : 'unknown error' }];
  }
}

function existingDatabase({ home, databaseUrl }: KeymanSettings): Promise<OpenDatabase> {
  if (databaseUrl === undefined && !existsSync(join(home, 'pg'))) {
    throw startRefusal(`there is none under ${home}: start keyman once, or set CINNABAR_HOME or DATABASE_URL`);
  }
  return openDatabase({ databaseUrl, home, program: 'doctor', isServer: false, database: 'keyman', migrations: [] });
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
