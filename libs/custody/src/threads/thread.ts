import type { Transferable, Worker } from 'node:worker_threads';
import { startWorker } from './start-worker.ts';

/** What travels back: the answer to call `id`, or why there is none. */
export interface ThreadAnswer {
  readonly id: number;
  readonly result?: unknown;
  readonly failure?: ThreadFailureRecord;
}

/** An error as it crosses the border of a thread: no stack, no inner object. `code` is the CKR value where there is one. */
export interface ThreadFailureRecord {
  readonly message: string;
  readonly code?: number;
}

/** A call that failed inside a thread, or whose thread ended. */
export class ThreadFailure extends Error {
  readonly code: number | undefined;

  constructor(record: ThreadFailureRecord) {
    super(record.message);
    this.name = 'ThreadFailure';
    this.code = record.code;
  }
}

/** The thread itself is gone, and what it knew with it. The next call starts another. */
export class ThreadEnded extends ThreadFailure {}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A worker thread that answers calls one after the other. Started at the first call, started again after it ended;
 * keeps the process alive only while a call is pending.
 */
export class Thread {
  readonly #script: URL;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #lastId = 0;
  #closed = false;

  constructor(script: URL) {
    this.#script = script;
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** Buffers in `transfer` move to the thread and are empty here afterwards: no second copy of a secret stays behind. */
  call(request: object, transfer: readonly Transferable[] = []): Promise<unknown> {
    if (this.#closed) return Promise.reject(new ThreadEnded({ message: 'thread is closed' }));
    const worker = (this.#worker ??= this.#start());
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      if (this.#pending.size === 1) worker.ref();
      worker.postMessage({ ...request, id }, transfer);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = startWorker(this.#script, (message) => this.#end(worker, message));
    worker.on('message', (answer: ThreadAnswer) => this.#settle(worker, answer));
    return worker;
  }

  #settle(worker: Worker, { id, result, failure }: ThreadAnswer): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) worker.unref();
    if (failure === undefined) pending?.resolve(result);
    else pending?.reject(new ThreadFailure(failure));
  }

  #end(worker: Worker, message: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const lost = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of lost) reject(new ThreadEnded({ message }));
  }
}
