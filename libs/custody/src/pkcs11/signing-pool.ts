import pkcs11js from 'pkcs11js';
import { CodedError } from '@cinnabar/core';
import { CallDeadlines } from './call-deadlines.ts';
import { diagnose, type Handle } from './cryptoki.ts';
import type { SigningMechanism } from './signing-mechanism.ts';
import type { SigningThreads } from './signing-threads.ts';

export interface SigningPoolLimits {
  readonly signingQueueLimit: number;
  readonly callTimeoutMs: number;
}

/** Signs and verifies on a fixed number of sessions, one call at a time on each; first come, first served. */
export class SigningPool {
  readonly #limits: SigningPoolLimits;
  readonly #deadlines: CallDeadlines;
  readonly #threads: SigningThreads;
  readonly #idle: Handle[];
  readonly #renew: (session: Handle) => Promise<Handle>;
  readonly #waiting: PromiseWithResolvers<Handle>[] = [];
  readonly #idleListeners: (() => void)[] = [];
  #busy = 0;
  #abandoned: Error | undefined;
  #ending: Promise<void> | undefined;
  #ended = false;

  /** `renew` closes a session and opens another. */
  constructor(
    threads: SigningThreads,
    sessions: readonly Handle[],
    limits: SigningPoolLimits,
    renew: (session: Handle) => Promise<Handle>,
  ) {
    this.#threads = threads;
    this.#idle = [...sessions];
    this.#renew = renew;
    this.#limits = limits;
    this.#deadlines = new CallDeadlines(limits.callTimeoutMs);
  }

  /** Is no call in the library? */
  get isIdle(): boolean {
    return this.#busy === 0;
  }

  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isIdle) resolve();
      else this.#idleListeners.push(resolve);
    });
  }

  /** What is to be signed is copied at once: the call may wait, and its caller may use the memory for something else. */
  sign(key: Handle, mechanism: SigningMechanism): Promise<Uint8Array> {
    const call = { ...mechanism, key, input: Uint8Array.from(mechanism.input) };
    return this.#withSession((session) => this.#threads.sign({ session, ...call }));
  }

  verifyEcdsa(publicKey: Handle, digest: Uint8Array, signature: Uint8Array): Promise<boolean> {
    const call = {
      key: publicKey,
      mechanism: pkcs11js.CKM_ECDSA,
      input: Uint8Array.from(digest),
      signature: Uint8Array.from(signature),
    };
    return this.#withSession((session) => this.#threads.verify({ session, ...call }));
  }

  /** Nobody new gets in, and those who wait get `error`; calls in the library end by themselves, and the threads with the last. */
  abandon(error: Error): void {
    if (this.#abandoned !== undefined) return;
    this.#abandoned = error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.#ending = this.#closeThreads();
  }

  /**
   * Resolves when the abandoned pool's calls and threads have ended. A thread lets go of the library as it ends, and must
   * not do so while another one ends Cryptoki (C_Finalize).
   */
  async whenEnded(): Promise<void> {
    await (this.#ending ?? this.whenIdle());
  }

  /** Is no call in the library, and none of its threads? */
  get hasEnded(): boolean {
    return this.#ended;
  }

  async #closeThreads(): Promise<void> {
    await this.whenIdle();
    await this.#threads.close();
    this.#ended = true;
  }

  /** The time limit is the library's, not the queue's. A late call keeps its session until it does end. */
  async #withSession<T>(use: (session: Handle) => Promise<T>): Promise<T> {
    const session = await this.#take();
    return this.#deadlines.watch(this.#useAndGiveBack(session, use));
  }

  async #useAndGiveBack<T>(session: Handle, use: (session: Handle) => Promise<T>): Promise<T> {
    try {
      const result = await use(session);
      this.#giveBack(session);
      return result;
    } catch (error) {
      void this.#renewAndGiveBack(session, error);
      throw error;
    }
  }

  /** A failed call may leave its operation open, and the session would refuse every later one (CKR_OPERATION_ACTIVE). */
  async #renewAndGiveBack(session: Handle, error: unknown): Promise<void> {
    let next = session;
    try {
      if (this.#abandoned === undefined && diagnose(error) === 'unclear') next = await this.#renew(session);
    } catch {
      // Then it fails again at its next use; that the HSM is in trouble, `renew` has noticed by itself.
    } finally {
      this.#giveBack(next);
    }
  }

  #take(): Handle | Promise<Handle> {
    if (this.#abandoned !== undefined) throw this.#abandoned;
    const session = this.#idle.pop();
    if (session !== undefined) {
      this.#busy += 1;
      return session;
    }
    if (this.#waiting.length >= this.#limits.signingQueueLimit) {
      throw new CodedError('too-many-requests', 'too many signatures are waiting');
    }
    const waiting = Promise.withResolvers<Handle>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  #giveBack(session: Handle): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next.resolve(session);
      return;
    }
    this.#idle.push(session);
    this.#busy -= 1;
    if (this.isIdle) for (const resolve of this.#idleListeners.splice(0)) resolve();
  }
}
