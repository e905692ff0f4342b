import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { findPkcs11Module, initialiseToken, prepareSoftHsmToken } from '@cinnabar/custody/pkcs11';

/** A SoftHSM token of its own for one test file, with the root keys in it. Spread it into Pkcs11Settings. */
export interface TestSoftHsm {
  readonly directory: string;
  readonly modulePath: string;
  readonly tokenLabel: string;
  readonly readPin: () => string;
  /** Removes the token. Custodies on it must be closed before, so that the next file's token is read from its own folder. */
  dispose(): Promise<void>;
}

export async function createSoftHsm(): Promise<TestSoftHsm> {
  const directory = await mkdtemp(join(tmpdir(), 'cinnabar-softhsm-'));
  const modulePath = findPkcs11Module();
  const { label, configurationFile, pinFile } = await prepareSoftHsmToken({ directory, label: 'test', modulePath });
  await useSoftHsmConfiguration(configurationFile);
  const token = { modulePath, tokenLabel: label, readPin: () => readFileSync(pinFile, 'utf8') };
  await initialiseToken(token);
  return { ...token, directory, dispose: () => rm(directory, { recursive: true, force: true }) };
}

/** Sets SOFTHSM2_CONF for the process; SoftHSM reads it the next time it is initialised. */
export async function useSoftHsmConfiguration(configurationFile: string): Promise<void> {
  const worker = new Worker(new URL('./softhsm-environment.worker.ts', import.meta.url), {
    env: SHARE_ENV,
    workerData: { configurationFile },
  });
  await new Promise((resolve, reject) => {
    worker.once('exit', resolve);
    worker.once('error', reject);
  });
}
