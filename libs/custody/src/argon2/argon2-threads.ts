import { CodedError } from '@cinnabar/core';
import type { Argon2Cost } from '../protected-key.ts';
import { Thread } from '../threads/thread.ts';
import { workerScript } from '../threads/worker-script.ts';

export interface Argon2Call {
  readonly secret: Uint8Array<ArrayBuffer>;
  readonly salt: Uint8Array;
  readonly cost: Argon2Cost;
}

/** A place in the queue, taken before a try is spent, so that a full queue never costs an owner a try. */
export interface Argon2Place {
  /** Argon2id, 32 bytes, in a buffer that the caller zeroes. Leaves `secret` alone. Once per place. */
  hash(secret: Uint8Array, salt: Uint8Array, cost: Argon2Cost): Promise<Uint8Array>;
  /** Gives the place up; to be called in any case. */
  leave(): void;
}

/** Threads that do nothing but Argon2id (RFC 9106), with a bounded queue before them. */
export class Argon2Threads {
  readonly #threads: readonly Thread[];
  readonly #queueLimit: number;
  #places = 0;

  constructor(threadCount: number, queueLimit: number) {
    this.#threads = Array.from({ length: threadCount }, () => new Thread(workerScript('argon2', import.meta.url)));
    this.#queueLimit = queueLimit;
  }

  /** @throws CodedError `too-many-requests` when the queue is full */
  enter(): Argon2Place {
    if (this.#places >= this.#queueLimit + this.#threads.length) {
      throw new CodedError('too-many-requests', 'too many PINs are waiting to be checked');
    }
    this.#places += 1;
    let left = false;
    return {
      hash: (secret, salt, cost) => this.#hash(secret, salt, cost),
      leave: () => {
        if (!left) this.#places -= 1;
        left = true;
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  async #hash(secret: Uint8Array, salt: Uint8Array, cost: Argon2Cost): Promise<Uint8Array> {
    // Copies of their own memory: a view of Node's pool would take the whole pool along. The thread zeroes the secret.
    const moved = Uint8Array.from(secret);
    const call: Argon2Call = { secret: moved, salt: Uint8Array.from(salt), cost };
    const [first, ...others] = this.#threads;
    if (first === undefined) throw new CodedError('internal', 'no thread to check PINs on');
    const idlest = others.reduce((best, thread) => (thread.pending < best.pending ? thread : best), first);
    try {
      return (await idlest.call(call, [moved.buffer])) as Uint8Array;
    } catch (error) {
      throw new CodedError('internal', 'a PIN could not be checked', { cause: error });
    }
  }
}
