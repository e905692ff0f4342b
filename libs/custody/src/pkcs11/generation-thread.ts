import { CodedError } from '@cinnabar/core';
import type { KeySpecification } from '../key-specification.ts';
import { Thread } from '../threads/thread.ts';
import { workerScript } from '../threads/worker-script.ts';
import type { Handle } from './cryptoki.ts';
import type { GeneratedPair } from './key-generation.ts';
import { withTimeout } from './with-timeout.ts';

/** Keys that may be in the making or wait for it. At 2 s for an RSA-4096 key the last one waits a quarter of a minute. */
const QUEUE_LIMIT = 8;

export interface GenerationCall {
  readonly modulePath: string;
  readonly session: Handle;
  readonly specification: KeySpecification;
}

/** Makes key pairs, one at a time, on a thread of its own. */
export class GenerationThread {
  readonly #thread = new Thread(workerScript('generation', import.meta.url));
  /** Ends when the last generation in line has ended inside the library; never rejects. */
  #tail: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Is no call in the library? */
  get isIdle(): boolean {
    return this.#thread.pending === 0;
  }

  /** Resolves when what is in line now has ended. */
  async whenIdle(): Promise<void> {
    await this.#tail;
  }

  /**
   * The time limit begins when the call's turn comes; `call` is asked then, so that it names a session of that moment.
   * @throws CodedError `too-many-requests`
   */
  generate(call: () => GenerationCall, timeoutMs: number): Promise<GeneratedPair> {
    if (this.#waiting >= QUEUE_LIMIT) {
      return Promise.reject(new CodedError('too-many-requests', 'too many keys are being made'));
    }
    this.#waiting += 1;
    const inTurn = Promise.withResolvers<GeneratedPair>();
    this.#tail = this.#tail.then(async () => {
      try {
        const generation = this.#thread.call(call()) as Promise<GeneratedPair>;
        inTurn.resolve(withTimeout(generation, timeoutMs));
        await generation;
      } catch (error) {
        // Where it began already, the caller hears the same from the promise that he has.
        inTurn.reject(error);
      } finally {
        this.#waiting -= 1;
      }
    });
    return inTurn.promise;
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}
