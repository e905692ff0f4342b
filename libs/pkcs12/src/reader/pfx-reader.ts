import { CodedError } from '@cinnabar/core';
import { damaged } from '../pfx-errors.ts';
import { passwordForms } from '../pfx-password.ts';
import { DEFAULT_PFX_LIMITS, type PfxContents, type PfxLimits } from '../read-pfx.ts';
import { runInWorker } from './run-in-worker.ts';

export interface PfxReaderOptions extends Partial<PfxLimits> {
  /** Files that are opened at the same time; default 1. */
  readonly threads?: number;
  /** Files that wait for a thread; one more is `too-many-requests`. Default 32. */
  readonly maxQueueLength?: number;
  /** For one file, waiting not counted; default 30,000. */
  readonly timeLimitMs?: number;
}

export interface PfxReader {
  /** As `readPfx`, off the event loop. */
  read(pfxDer: Uint8Array, password: string): Promise<PfxContents>;
  /** Stops the threads; what was not read by then fails, and so does every later call. */
  close(): void;
}

/** Opens PFX files in threads of their own, so many at a time: key derivation takes as long as the file says. */
export function createPfxReader(options: PfxReaderOptions = {}): PfxReader {
  return new BoundedPfxReader(options);
}

class BoundedPfxReader implements PfxReader {
  readonly #limits: PfxLimits;
  readonly #timeLimitMs: number;
  readonly #maxQueueLength: number;
  readonly #stops = new Set<() => void>();
  /** Those who wait for a thread; called with false when the reader closes. */
  readonly #waiting: ((mayStart: boolean) => void)[] = [];
  #freeThreads: number;
  #isClosed = false;

  constructor({ maxQueueLength = 32, threads = 1, timeLimitMs = 30_000, ...limits }: PfxReaderOptions) {
    this.#limits = { ...DEFAULT_PFX_LIMITS, ...limits };
    this.#freeThreads = threads;
    this.#maxQueueLength = maxQueueLength;
    this.#timeLimitMs = timeLimitMs;
  }

  async read(pfxDer: Uint8Array, password: string): Promise<PfxContents> {
    // Before the file is copied into a thread.
    if (pfxDer.length > this.#limits.maxPfxBytes) throw damaged(`larger than ${this.#limits.maxPfxBytes} bytes`);
    await this.#takeThread();
    let stopThis: (() => void) | undefined;
    try {
      const forms = passwordForms(password);
      return await runInWorker({ pfxDer, forms, limits: this.#limits }, this.#timeLimitMs, (stop) => {
        stopThis = stop;
        this.#stops.add(stop);
      });
    } finally {
      if (stopThis) this.#stops.delete(stopThis);
      this.#giveThreadBack();
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const resume of this.#waiting.splice(0)) resume(false);
    for (const stop of this.#stops) stop();
  }

  async #takeThread(): Promise<void> {
    if (this.#isClosed) throw closed();
    if (this.#freeThreads > 0) {
      this.#freeThreads -= 1;
      return;
    }
    if (this.#waiting.length >= this.#maxQueueLength) {
      throw new CodedError('too-many-requests', 'too many PFX files at once');
    }
    const mayStart = await new Promise<boolean>((resolve) => this.#waiting.push(resolve));
    if (!mayStart) throw closed();
  }

  #giveThreadBack(): void {
    const next = this.#waiting.shift();
    if (next) next(true);
    else this.#freeThreads += 1;
  }
}

const closed = (): CodedError => new CodedError('internal', 'the PFX reader was closed');
