/** When a call has to end: its time limit, the caller's AbortSignal, or both. To be released when the call is over. */
export class Deadline {
  readonly timeoutMs: number;
  readonly #controller = new AbortController();
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  #timedOut = false;

  /** @param timeoutMs 0 or Infinity: no limit */
  constructor(timeoutMs: number, signal: AbortSignal | undefined) {
    this.timeoutMs = timeoutMs;
    this.#signal = signal;
    if (signal?.aborted === true) this.#abort();
    else signal?.addEventListener('abort', this.#abort);
    if (timeoutMs > 0 && Number.isFinite(timeoutMs)) {
      this.#timer = setTimeout(() => {
        this.#timedOut = true;
        this.#controller.abort();
      }, timeoutMs);
    }
  }

  /** For `fetch`. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** How the call was ended; undefined: it was not. */
  get ended(): 'timed-out' | 'aborted' | undefined {
    if (!this.signal.aborted) return undefined;
    return this.#timedOut ? 'timed-out' : 'aborted';
  }

  /** What the caller's signal gave as its reason. */
  get reason(): unknown {
    return this.#signal?.reason as unknown;
  }

  /** Waits for work that others wait for too, and stops waiting at the deadline; the work goes on. */
  async wait<Value>(work: Promise<Value>): Promise<Value> {
    if (this.signal.aborted) {
      work.catch(() => undefined);
      throw new Error('the call was ended');
    }
    let stop: () => void = () => undefined;
    const ended = new Promise<never>((_resolve, reject) => {
      stop = () => reject(new Error('the call was ended'));
      this.signal.addEventListener('abort', stop);
    });
    try {
      return await Promise.race([work, ended]);
    } finally {
      this.signal.removeEventListener('abort', stop);
    }
  }

  /** Lifts the time limit; the caller's signal stays. For answers that the caller reads at his own pace. */
  lift(): void {
    clearTimeout(this.#timer);
  }

  release(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#abort);
  }

  readonly #abort = (): void => this.#controller.abort();
}
