import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError } from '@cinnabar/core';
import { Piscina } from 'piscina';
import { inOwnMemory } from './own-memory.ts';

export interface BodyThreadsOptions {
  readonly threads: number;
  /** How many large bodies may wait for a thread; more are refused, since each holds its memory. */
  readonly maxQueue: number;
}

/** Bodies up to this length are read where they arrive: it takes less than handing them over. */
export const INLINE_MAX_BYTES = 64 * 1024;

/** Threads that read large bodies, because 100 MB of base64 stop an event loop for a second. */
export class BodyThreads<Value> {
  private readonly pool: Piscina<Uint8Array, Value>;

  /** @param worker of the worker's file, without its extension: tests run from source */
  constructor(worker: URL, options: BodyThreadsOptions) {
    this.pool = new Piscina({
      filename: `${worker.href}${extname(fileURLToPath(import.meta.url))}`,
      minThreads: 0,
      maxThreads: options.threads,
      maxQueue: options.maxQueue,
      idleTimeout: 30_000,
    });
  }

  /**
   * @param body its memory changes hands, where it is the body's alone
   * @throws CodedError `too-many-requests`, and what the worker throws
   */
  async read(body: Uint8Array): Promise<Value> {
    if (this.pool.queueSize >= this.pool.options.maxQueue) {
      throw new CodedError(
        'too-many-requests',
        'too many large requests at once; try again, or send the document as multipart/form-data',
      );
    }
    const owned = inOwnMemory(body);
    return await this.pool.run(owned, { transferList: [owned.buffer] });
  }

  async close(): Promise<void> {
    await this.pool.close();
  }
}
