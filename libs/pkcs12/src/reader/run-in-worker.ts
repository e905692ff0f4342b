import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { CodedError } from '@cinnabar/core';
import { damaged } from '../pfx-errors.ts';
import type { PfxContents } from '../read-pfx.ts';
import type { PfxOutcome, PfxTask } from './pfx-task.ts';

/** The same extension as this file: .ts where the source runs, .js where the build does. */
const workerUrl = new URL(`./pfx.worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

const MAX_HEAP_MB = 64;

/**
 * Opens one file in a thread of its own, which ends with it: nothing of one file is there when the next one comes, and
 * a thread that takes too long can be stopped. The file is an `invalid-parameter` then.
 *
 * @param onStarted receives the way to stop it early
 */
export function runInWorker(
  task: PfxTask,
  timeLimitMs: number,
  onStarted: (stop: () => void) => void,
): Promise<PfxContents> {
  const { promise, reject, resolve } = Promise.withResolvers<PfxContents>();
  const worker = new Worker(workerUrl, {
    workerData: task,
    transferList: task.forms.flatMap(({ bmpString, utf8 }) => [
      bmpString.buffer as ArrayBuffer,
      utf8.buffer as ArrayBuffer,
    ]),
    // A parser of hostile bytes has no business with the settings and secrets of the process.
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  const stop = (error: CodedError): void => {
    reject(error);
    void worker.terminate();
  };
  const timer = setTimeout(() => stop(damaged(`takes longer than ${timeLimitMs} ms to open`)), timeLimitMs);
  worker.once('message', (outcome: PfxOutcome) => {
    if ('contents' in outcome) resolve(outcome.contents);
    else reject(new CodedError(outcome.refusal.code, outcome.refusal.publicDetail));
  });
  worker.once('error', (cause) => reject(new CodedError('internal', 'the PFX file could not be opened', { cause })));
  worker.once('exit', () => {
    clearTimeout(timer);
    reject(new CodedError('internal', 'the PFX thread ended without an answer'));
  });
  onStarted(() => stop(new CodedError('internal', 'the PFX reader was closed')));
  return promise;
}
