import { Worker } from 'node:worker_threads';

/** A thread that does not keep the process alive by itself. `onEnd` hears why it ended, whoever ended it; after a failure twice. */
export function startWorker(script: URL, onEnd: (message: string) => void, workerData?: unknown): Worker {
  const worker = new Worker(script, { workerData });
  worker.unref();
  worker.on('error', (error: unknown) => {
    onEnd(`thread failed: ${error instanceof Error ? error.message : 'unknown error'}`);
  });
  worker.on('exit', () => onEnd('thread ended'));
  return worker;
}
