import pkcs11js from 'pkcs11js';
import { CodedError, zero } from '@cinnabar/core';
import { asBuffer, asHandle, ckrOf, diagnose, type Cryptoki, type Handle } from './cryptoki.ts';
import type { SigningMechanism } from './signing-mechanism.ts';
import { withTimeout } from './with-timeout.ts';

/** A DigestInfo of SHA-512 has 83 octets, a signature of RSA-4096 has 512. */
const INPUT_ROOM = 128;
const OUTPUT_ROOM = 512;

export interface SigningPoolLimits {
  readonly signingQueueLimit: number;
  readonly callTimeoutMs: number;
}

/**
 * A session with its own room for input and output. The rooms outlive every call: pkcs11js hands their addresses to
 * another thread without holding on to the buffers, so a buffer made for one call could be collected under it.
 */
class SigningSession {
  handle: Buffer;
  readonly input = Buffer.alloc(INPUT_ROOM);
  readonly output = Buffer.alloc(OUTPUT_ROOM);

  constructor(handle: Handle) {
    this.handle = asBuffer(handle);
  }
}

/** Signs and verifies asynchronously on a fixed number of sessions, first come, first served. */
export class SigningPool {
  readonly #cryptoki: Cryptoki;
  readonly #limits: SigningPoolLimits;
  readonly #sessions: readonly SigningSession[];
  readonly #renew: (session: Handle) => Promise<Handle>;
  readonly #idle: SigningSession[];
  readonly #waiting: PromiseWithResolvers<SigningSession>[] = [];
  readonly #idleListeners: (() => void)[] = [];
  #abandoned: Error | undefined;

  /** `renew` closes a session and opens another. */
  constructor(
    cryptoki: Cryptoki,
    sessions: readonly Handle[],
    limits: SigningPoolLimits,
    renew: (session: Handle) => Promise<Handle>,
  ) {
    this.#cryptoki = cryptoki;
    this.#renew = renew;
    this.#limits = limits;
    this.#sessions = sessions.map((handle) => new SigningSession(handle));
    this.#idle = [...this.#sessions];
  }

  /** Is no call in the library? */
  get isIdle(): boolean {
    return this.#idle.length === this.#sessions.length;
  }

  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.isIdle) resolve();
      else this.#idleListeners.push(resolve);
    });
  }

  sign(key: Handle, { mechanism, input }: SigningMechanism): Promise<Uint8Array> {
    return this.#withSession(async ({ handle, input: inputRoom, output }) => {
      inputRoom.set(input);
      this.#cryptoki.C_SignInit(handle, mechanism, asBuffer(key));
      const signature = await this.#cryptoki.C_SignAsync(handle, inputRoom.subarray(0, input.length), output);
      return Uint8Array.from(signature);
    });
  }

  verifyEcdsa(publicKey: Handle, digest: Uint8Array, signature: Uint8Array): Promise<boolean> {
    return this.#withSession(async ({ handle, input, output }) => {
      input.set(digest);
      output.set(signature);
      this.#cryptoki.C_VerifyInit(handle, { mechanism: pkcs11js.CKM_ECDSA }, asBuffer(publicKey));
      try {
        return await this.#cryptoki.C_VerifyAsync(
          handle,
          input.subarray(0, digest.length),
          output.subarray(0, signature.length),
        );
      } catch (error) {
        const ckr = ckrOf(error);
        if (ckr === pkcs11js.CKR_SIGNATURE_INVALID || ckr === pkcs11js.CKR_SIGNATURE_LEN_RANGE) return false;
        throw error;
      }
    });
  }

  /** Nobody new gets in, and those who wait get `error`; calls in the library end by themselves. */
  abandon(error: Error): void {
    this.#abandoned = error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  /** The time limit is the library's alone, not the queue's. A late call keeps its session until it does end. */
  async #withSession<T>(use: (session: SigningSession) => Promise<T>): Promise<T> {
    const session = await this.#take();
    return withTimeout(this.#useAndGiveBack(session, use), this.#limits.callTimeoutMs);
  }

  async #useAndGiveBack<T>(session: SigningSession, use: (session: SigningSession) => Promise<T>): Promise<T> {
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
  async #renewAndGiveBack(session: SigningSession, error: unknown): Promise<void> {
    try {
      if (this.#abandoned === undefined && diagnose(error) === 'unclear') {
        session.handle = asBuffer(await this.#renew(asHandle(session.handle)));
      }
    } catch {
      // Then it fails again at its next use; that the HSM is in trouble, `renew` has noticed by itself.
    } finally {
      this.#giveBack(session);
    }
  }

  #take(): SigningSession | Promise<SigningSession> {
    if (this.#abandoned !== undefined) throw this.#abandoned;
    const session = this.#idle.pop();
    if (session !== undefined) return session;
    if (this.#waiting.length >= this.#limits.signingQueueLimit) {
      throw new CodedError('too-many-requests', 'too many signatures are waiting');
    }
    const waiting = Promise.withResolvers<SigningSession>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  #giveBack(session: SigningSession): void {
    zero(session.input, session.output);
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next.resolve(session);
      return;
    }
    this.#idle.push(session);
    if (this.isIdle) for (const resolve of this.#idleListeners.splice(0)) resolve();
  }
}
