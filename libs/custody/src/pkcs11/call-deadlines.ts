import { hsmDoesNotAnswer } from './with-timeout.ts';

interface Watched {
  readonly endsAtMs: number;
  readonly reject: (error: Error) => void;
}

/**
 * As {@link withTimeout}, for calls by the thousand that all may take equally long: one timer watches them all, since
 * setting and clearing one for each costs more than the rest of a call's administration.
 */
export class CallDeadlines {
  readonly #timeoutMs: number;
  /** The oldest first, which is also the one whose time is up first. */
  readonly #calls = new Set<Watched>();
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  watch<T>(call: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const watched = { endsAtMs: performance.now() + this.#timeoutMs, reject };
    this.#calls.add(watched);
    this.#timer ??= this.#lookIn(this.#timeoutMs);
    call.then(
      (result) => {
        this.#calls.delete(watched);
        resolve(result);
      },
      (error: unknown) => {
        this.#calls.delete(watched);
        reject(error);
      },
    );
    return promise;
  }

  /** Unreferenced: the thread that a call is made on keeps the process alive for it. */
  #lookIn(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => this.#look(), Math.ceil(delayMs)).unref();
  }

  #look(): void {
    const nowMs = performance.now();
    this.#timer = undefined;
    for (const watched of this.#calls) {
      if (watched.endsAtMs > nowMs) {
        this.#timer = this.#lookIn(watched.endsAtMs - nowMs);
        return;
      }
      this.#calls.delete(watched);
      watched.reject(hsmDoesNotAnswer());
    }
  }
}
