import { join } from 'node:path';
import { SettingsProblem } from '@cinnabar/config';
import { CodedError } from '@cinnabar/core';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { PasswordHasher } from './auth/password-hasher.ts';
import { endOnSignal, type Running } from './end-on-signal.ts';
import { ensureFirstAdmin } from './first-start.ts';
import { createHttpServer } from './http-server.ts';
import { SERVICE_PATH } from './fronts/soap/service-names.ts';
import { KeymanLogger } from './keyman-logger.ts';
import { turnOffCoreDumps } from './no-core-dumps.ts';
import { openPlatform, type OpenPlatform } from './platform.ts';
import { collectGarbage } from './workers/collect-garbage.ts';
import { readKeymanSettings, type KeymanSettings } from './settings/index.ts';

/** keyman from nothing to listening: sets up what is missing, tells where it is, and runs until a signal. */
async function up(): Promise<void> {
  await turnOffCoreDumps();
  const settings = readKeymanSettings(process.env);
  Logger.overrideLogger(new KeymanLogger(settings.logLevel));
  const log = new Logger('keyman');
  const starting = start(settings, log);
  endOnSignal(starting, log);
  const { app } = await starting;
  tellWhere(await app.getUrl(), settings, Math.round(performance.now()));
}

interface Started extends Running {
  readonly app: NestFastifyApplication;
}

async function start(settings: KeymanSettings, log: Logger): Promise<Started> {
  const platform = await openPlatform(
    settings,
    (line) => log.log(line),
    (error) => {
      log.error(`the database stopped: ${error instanceof Error ? error.name : 'unknown error'}`);
      process.exitCode = 1;
      process.kill(process.pid, 'SIGTERM');
    },
  );
  try {
    const app = await createHttpServer(platform);
    // Loading the program leaves as much behind as it needs, and the first admin's password takes 64 MiB more.
    collectGarbage('all');
    await tellFirstAdmin(app, platform, log);
    await app.listen(settings.port, settings.host);
    return { app, close: () => app.close().then(() => platform.close()) };
  } catch (error) {
    await platform.close();
    throw error;
  }
}

async function tellFirstAdmin(app: NestFastifyApplication, platform: OpenPlatform, log: Logger): Promise<void> {
  const { created } = await ensureFirstAdmin(
    platform.dataSource,
    app.get(PasswordHasher, { strict: false }),
    platform.settings,
  );
  if (created) log.log('organisation Main and its admin were made');
}

function tellWhere(url: string, settings: KeymanSettings, tookMs: number): void {
  const password =
    settings.adminPassword === undefined
      ? `user admin, first password in ${join(settings.home, 'first-admin.txt')}`
      : 'user admin, password as set at the first start';
  process.stdout.write(
    [
      '',
      `keyman is ready after ${tookMs} ms`,
      `  REST    ${url}/Keyman/rest/v3/`,
      `  SOAP    ${url}${SERVICE_PATH}?singleWsdl`,
      ...(settings.docs ? [`  docs    ${url}/docs`] : []),
      `  health  ${url}/health/ready`,
      `  log in  ${password}`,
      '  stop    Ctrl-C',
      '',
    ].join('\n'),
  );
}

up().catch((error: unknown) => {
  process.stderr.write(`keyman cannot start: ${reasonOf(error)}\n`);
  process.exit(1);
});

/** A sentence where there is one for the operator; a stack for what nobody thought of. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isForOperator = error instanceof SettingsProblem || CodedError.is(error) || isAddressError(error);
  return isForOperator ? error.message : (error.stack ?? error.message);
}

/** The port is taken, or may not be used: the operating system's sentence says it best. */
function isAddressError(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL'].includes(String(error.code))
  );
}
