import { KeymanError } from './client-errors.ts';

/**
 * The session of one client: logs in when a token is first asked for and again when one was refused, once for all who
 * wait. The token and the credentials stay in private fields and closures, out of `util.inspect` and `JSON.stringify`.
 */
export class ClientSession {
  readonly #logIn: () => Promise<string>;
  #token: string | undefined;
  #pending: Promise<string> | undefined;
  #refusal: KeymanError | undefined;

  constructor(logIn: () => Promise<string>) {
    this.#logIn = logIn;
  }

  /**
   * The token to send. After the server refused the log-in (K0002) this fails at once, without asking again: a client
   * that goes on with an outdated password would lock its user out. `forget` makes it ask again.
   */
  token(): Promise<string> {
    if (this.#token !== undefined) return Promise.resolve(this.#token);
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    this.#pending ??= this.#open().finally(() => (this.#pending = undefined));
    return this.#pending;
  }

  /** The server does not know this token (any more); where another one came meanwhile, that one stays. */
  discard(stale: string): void {
    if (this.#token === stale) this.#token = undefined;
  }

  /** Starts afresh. @returns the token that was in use, for a log-out */
  async forget(): Promise<string | undefined> {
    await this.#pending?.catch(() => undefined);
    const token = this.#token;
    this.#token = undefined;
    this.#refusal = undefined;
    return token;
  }

  async #open(): Promise<string> {
    try {
      const token = await this.#logIn();
      this.#token = token;
      return token;
    } catch (error) {
      if (KeymanError.is(error, 'K0002')) this.#refusal = error;
      throw error;
    }
  }
}
