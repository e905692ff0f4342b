import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Transferable } from 'node:worker_threads';
import { CodedError } from '@cinnabar/core';
import type { KeySpecification } from '../key-specification.ts';
import { ThreadEnded, ThreadFailure } from '../threads/thread.ts';
import { StaleTokenKey } from '../token.ts';
import { diagnose, isPinRefused, type Handle } from './cryptoki.ts';
import { GenerationThread } from './generation-thread.ts';
import { enterModule, inTurn, isSoleUser, leaveModule } from './module-users.ts';
import type { ResolvedPkcs11Settings } from './pkcs11-settings.ts';
import { SigningPool } from './signing-pool.ts';
import { SigningThreads } from './signing-threads.ts';
import type { TokenCallName, TokenCalls, WrappedAnswer } from './token-calls.ts';
import { TokenThread } from './token-thread.ts';
import { withTimeout } from './with-timeout.ts';

const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 5_000;

/** The way to the HSM: a thread for what is synchronous, a pool of sessions for signatures, and the way back after a loss. */
export class TokenConnection {
  readonly #settings: ResolvedPkcs11Settings;
  readonly #thread = new TokenThread();
  readonly #generation = new GenerationThread();
  readonly #ending = new AbortController();
  #state: 'ready' | 'lost' | 'closed' = 'lost';
  #pool: SigningPool | undefined;
  #generationSession: Handle | undefined;
  #openings = 0;
  #vaultSessions = 0;
  #currentKekVersion = 0;
  #hmacKeyVersion = 0;
  #keysLost: () => void = () => undefined;
  #probing = false;
  #refusedPin: string | undefined;

  private constructor(settings: ResolvedPkcs11Settings) {
    this.#settings = settings;
  }

  /** @throws CodedError `hsm-not-available` with the reason, for the operator */
  static async open(settings: ResolvedPkcs11Settings): Promise<TokenConnection> {
    await enterModule(settings.modulePath, settings.callTimeoutMs);
    const connection = new TokenConnection(settings);
    try {
      await withTimeout(connection.#open(false), settings.callTimeoutMs);
      return connection;
    } catch (error) {
      await connection.close();
      // Our own sentences and CKR names; nothing else ever stands in these errors.
      const reason = error instanceof Error ? error.message : 'unknown error';
      throw new CodedError('hsm-not-available', `the HSM cannot be opened: ${reason}`, { cause: error });
    }
  }

  get available(): boolean {
    return this.#state === 'ready';
  }

  get currentKekVersion(): number {
    return this.#currentKekVersion;
  }

  get hmacKeyVersion(): number {
    return this.#hmacKeyVersion;
  }

  /** Names the present life of unlocked keys; handles of another life must not be used, they may have been dealt out anew. */
  get life(): string {
    return `${this.#openings}/${this.#vaultSessions}`;
  }

  onKeysLost(listener: () => void): void {
    this.#keysLost = listener;
  }

  /** A call to the token thread; buffers in `transfer` move there. @throws CodedError, {@link StaleTokenKey} */
  call<Name extends TokenCallName>(
    name: Name,
    request: TokenCalls[Name]['request'],
    transfer: readonly Transferable[] = [],
  ): Promise<TokenCalls[Name]['response']> {
    const { callTimeoutMs } = this.#settings;
    return this.#guard(() => withTimeout(this.#thread.call(name, request, transfer), callTimeoutMs));
  }

  /** A call to the signing pool. @throws CodedError, {@link StaleTokenKey} */
  withPool<T>(use: (pool: SigningPool) => Promise<T>): Promise<T> {
    return this.#guard(() => {
      if (this.#pool === undefined) throw notAvailable();
      return use(this.#pool);
    });
  }

  /** Makes a key pair and wraps it, off both the token thread and the pool while it is being made. */
  generate(specification: KeySpecification): Promise<WrappedAnswer & { readonly publicKeySpkiDer: Uint8Array }> {
    return this.#guard(async () => {
      const opening = this.#openings;
      const { modulePath, generationTimeoutMs } = this.#settings;
      // Sessions and handles of another life may have been dealt out anew: this very opening or none.
      const sameLife = (): Handle => {
        if (this.#state !== 'ready' || opening !== this.#openings || this.#generationSession === undefined) {
          throw notAvailable();
        }
        return this.#generationSession;
      };
      const { privateKey, publicKeySpkiDer } = await this.#generation.generate(
        () => ({ modulePath, session: sameLife(), specification }),
        generationTimeoutMs,
      );
      sameLife();
      return { ...(await this.call('wrapGenerated', { privateKey })), publicKeySpkiDer };
    });
  }

  /** To be told of every vault session that an answer mentions: a new one means that all earlier keys are gone. */
  noticeVaultSession(vaultSessions: number): void {
    if (vaultSessions === this.#vaultSessions) return;
    this.#vaultSessions = vaultSessions;
    this.#keysLost();
  }

  /** To be told of the KEK of every key that was wrapped or unwrapped: another node may have made a newer one. */
  noticeKek(version: number): void {
    this.#currentKekVersion = Math.max(this.#currentKekVersion, version);
  }

  async refreshRootKeys(): Promise<void> {
    const { currentKekVersion, hmacKeyVersion } = await this.call('refreshRootKeys', {});
    this.#currentKekVersion = currentKekVersion;
    this.#hmacKeyVersion = hmacKeyVersion;
  }

  /** Destroys all unlocked keys at once. Never fails: if even that cannot be done, everything is opened anew. */
  async replaceVaultSession(): Promise<void> {
    const opening = this.#openings;
    try {
      const { vaultSessions } = await this.call('replaceVaultSession', {});
      this.noticeVaultSession(vaultSessions);
    } catch {
      this.#lose(opening);
    }
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#ending.abort();
    this.#pool?.abandon(notAvailable());
    const { modulePath, callTimeoutMs, generationTimeoutMs } = this.#settings;
    try {
      await withTimeout(this.#pool?.whenEnded() ?? Promise.resolve(), callTimeoutMs);
      await withTimeout(this.#generation.whenIdle(), generationTimeoutMs);
      await this.#closeSessions();
      const leaving = leaveModule(modulePath, () => this.#thread.call('close', { finalize: true }));
      await withTimeout(leaving, callTimeoutMs);
      await withTimeout(this.#thread.close(), callTimeoutMs);
      await withTimeout(this.#generation.close(), callTimeoutMs);
    } catch (error) {
      // An HSM that hangs hangs here too. There is nobody left to tell, and the process is free to end.
      if (!(error instanceof ThreadFailure) && !CodedError.is(error, 'hsm-not-available')) throw error;
    }
  }

  /** @throws CodedError `hsm-not-available` while the thread is still in the library */
  async #closeSessions(): Promise<void> {
    try {
      await withTimeout(this.#thread.call('close', { finalize: false }), this.#settings.callTimeoutMs);
    } catch (error) {
      // Refused by a lost HSM, or by a thread that is gone: nothing is in the library then.
      if (!(error instanceof ThreadFailure)) throw error;
    }
  }

  /** `startAnew`: by ending Cryptoki first, if nothing is in the library and nobody else uses it. */
  #open(startAnew: boolean): Promise<void> {
    return inTurn(this.#settings.modulePath, () => this.#openInTurn(startAnew));
  }

  async #openInTurn(startAnew: boolean): Promise<void> {
    // Closed while it waited: nobody would close what is opened now.
    if (this.#isClosed()) throw notAvailable();
    const settings = this.#settings;
    const { modulePath, tokenLabel, wrappingMechanism, importBy, signingSessions: sessions } = settings;
    const pin = settings.readPin();
    const pinDigest = createHash('sha256').update(pin).digest('hex');
    if (pinDigest === this.#refusedPin) throw new CodedError('hsm-not-available', 'the token refused its PIN');
    // Ending Cryptoki under a call that is still in the library, or under another custody, would crash or cut it off.
    const idle = this.#pool?.hasEnded !== false && this.#generation.isIdle;
    const reinitialise = startAnew && idle && isSoleUser(modulePath);
    const request = { modulePath, tokenLabel, pin, sessions, wrappingMechanism, importBy, reinitialise };
    const opened = await this.#thread.call('open', request).catch((error: unknown) => {
      // Never the same one twice: HSMs lock or wipe a token after a few wrong PINs.
      if (isPinRefused(error)) this.#refusedPin = pinDigest;
      throw error;
    });
    if (this.#isClosed()) return;
    this.#openings += 1;
    this.#vaultSessions = opened.vaultSessions;
    const threads = new SigningThreads(modulePath, settings.signingThreads, sessions);
    this.#pool = new SigningPool(threads, opened.signingSessions, settings, (session) =>
      this.call('renewSession', { session }),
    );
    this.#generationSession = opened.generationSession;
    this.#currentKekVersion = opened.currentKekVersion;
    this.#hmacKeyVersion = opened.hmacKeyVersion;
    this.#state = 'ready';
  }

  /** Fails fast while the HSM is away, and turns what PKCS#11 says into our errors. */
  async #guard<T>(call: () => Promise<T>): Promise<T> {
    if (this.#state !== 'ready') throw notAvailable();
    const opening = this.#openings;
    try {
      return await call();
    } catch (error) {
      throw this.#judge(error, opening);
    }
  }

  #judge(error: unknown, opening: number): Error {
    if (error instanceof StaleTokenKey) return error;
    if (CodedError.is(error) && error.code !== 'hsm-not-available') return error;
    const diagnosis = diagnose(error);
    if (diagnosis === 'stale-key') return new StaleTokenKey();
    const threadEnded = error instanceof ThreadEnded;
    if (diagnosis === 'lost' || threadEnded || CodedError.is(error)) {
      this.#lose(opening, threadEnded);
      return notAvailable(error);
    }
    void this.#probe(opening);
    // Our own sentence or a CKR name, as everywhere in the token thread.
    const context = error instanceof Error ? { reason: error.message } : {};
    return new CodedError('internal', 'the HSM refused', { cause: error, context });
  }

  /** After an answer that says nothing of the HSM's state: is it still there? */
  async #probe(opening: number): Promise<void> {
    if (this.#probing) return;
    this.#probing = true;
    try {
      await withTimeout(this.#thread.call('probe', {}), this.#settings.callTimeoutMs);
    } catch {
      this.#lose(opening);
    } finally {
      this.#probing = false;
    }
  }

  /** `opening` keeps an error of an earlier life from ending the present one. */
  #lose(opening: number, threadEnded = false): void {
    if (this.#state !== 'ready' || opening !== this.#openings) return;
    this.#state = 'lost';
    this.#pool?.abandon(notAvailable());
    this.#keysLost();
    void this.#recover(threadEnded);
  }

  /** `startAnew`: end Cryptoki at the first attempt already, since nobody knows the sessions that a dead thread left. */
  async #recover(startAnew: boolean): Promise<void> {
    const { signal } = this.#ending;
    let retryMs = FIRST_RETRY_MS;
    let finalizeFirst = startAnew;
    while (this.#state === 'lost') {
      await delay(retryMs, undefined, { ref: false, signal }).catch(() => undefined);
      if (this.#isClosed()) return;
      try {
        // No time limit: a second attempt could only queue up behind a first one that hangs.
        await this.#open(finalizeFirst);
      } catch {
        // Still away, for whatever reason: every caller hears so, and the next attempt comes later.
      }
      finalizeFirst = true;
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    }
  }

  /** A method, because the state changes while others wait. */
  #isClosed(): boolean {
    return this.#state === 'closed';
  }
}

function notAvailable(cause?: unknown): CodedError {
  return new CodedError('hsm-not-available', 'the HSM is not available', { cause });
}
