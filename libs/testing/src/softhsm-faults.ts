import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** An HSM that can be told to fail. */
export interface FaultyModule {
  readonly modulePath: string;
  /** Orders as softhsm-fault-module.c reads them, e.g. `C_Sign 50`; in force at once. */
  order(...orders: readonly string[]): Promise<void>;
  heal(): Promise<void>;
}

/** Compiles the forwarding library into `directory`, in front of `realModulePath`. `undefined` where there is no C compiler. */
export async function buildFaultyModule(directory: string, realModulePath: string): Promise<FaultyModule | undefined> {
  if (!existsSync('/usr/bin/cc')) return undefined;
  const modulePath = join(directory, 'faulty.so');
  const controlFile = join(directory, 'orders');
  const headers = join(dirname(createRequire(import.meta.url).resolve('pkcs11js')), 'includes', 'pkcs11');
  const source = fileURLToPath(new URL('./softhsm-fault-module.c', import.meta.url));
  await promisify(execFile)('/usr/bin/cc', [
    ...['-shared', '-fPIC', '-o', modulePath, source, '-I', headers],
    ...[`-DREAL_MODULE="${realModulePath}"`, `-DCONTROL_FILE="${controlFile}"`, '-ldl'],
  ]);
  return {
    modulePath,
    order: (...orders) => writeFile(controlFile, `${orders.join('\n')}\n`),
    heal: () => rm(controlFile, { force: true }),
  };
}
