import { CodedError } from '@cinnabar/core';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Piscina } from 'piscina';
import { SETTINGS } from '../ports.ts';
import type { KeymanSettings } from '../settings/index.ts';
import { unwrap, type CodedOutcome } from './coded-outcome.ts';

/** Work on documents is bytes and few objects; V8 would let garbage grow to several times this before it looks at it. */
const YOUNG_GENERATION_MIB = 4;

/** Threads for work on documents: reading and hashing a large one would stop the event loop. */
@Injectable()
export class DocumentPool implements OnApplicationShutdown {
  private readonly pool: Piscina;
  private readonly limitMs: number;

  constructor(@Inject(SETTINGS) settings: KeymanSettings) {
    this.limitMs = settings.documentLimitMs;
    this.pool = new Piscina({
      minThreads: 1,
      maxThreads: settings.workerThreads,
      maxQueue: settings.workerQueue,
      idleTimeout: 60_000,
      // A hostile document must not take the server's memory with it.
      resourceLimits: {
        maxOldGenerationSizeMb: settings.workerMemoryMib,
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB,
      },
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.close();
  }

  /**
   * Runs a worker file's default function.
   *
   * @throws CodedError what the work threw; `document-unreadable` where it took longer, or more memory, than any real document does; `too-many-requests`
   */
  async run<Result>(worker: URL, task: unknown, transferList: ArrayBuffer[]): Promise<Result> {
    if (this.pool.queueSize >= this.pool.options.maxQueue) {
      throw new CodedError('too-many-requests', 'too many documents at once; try again');
    }
    const limit = AbortSignal.timeout(this.limitMs);
    try {
      return unwrap(
        (await this.pool.run(task, { filename: worker.href, transferList, signal: limit })) as CodedOutcome<Result>,
      );
    } catch (error) {
      if (limit.aborted)
        throw new CodedError('document-unreadable', 'the document takes too long to read', { cause: error });
      if (isOutOfMemory(error))
        throw new CodedError('document-unreadable', 'the document takes too much memory to read', { cause: error });
      throw error;
    }
  }
}

/** The thread came to the end of the heap that it was given; only it has ended. Not instanceof: it may come from elsewhere. */
function isOutOfMemory(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
