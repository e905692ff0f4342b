import type { OperationDeclaration } from '../operation.ts';
import { userGet } from '../operations/user.ts';
import { readMembers } from './answer-reader.ts';
import { KeymanClientError, KeymanConnectionError, KeymanError } from './client-errors.ts';
import type { ClientSession } from './client-session.ts';
import type { Deadline } from './deadline.ts';
import { isRepeatable, type DocumentSource } from './document-source.ts';
import { MultipartBody } from './multipart-body.ts';
import { failureOf, type RestExchange } from './rest-exchange.ts';
import { isSafe } from './safe-operations.ts';

/** One call on its way: what is sent, and how long it may take. */
export interface Call {
  readonly declaration: OperationDeclaration;
  /** The request without its document. */
  readonly json: string;
  readonly document: DocumentSource | undefined;
  readonly deadline: Deadline;
}

type Read<Result> = (response: Response) => Promise<Result>;

/**
 * Sends a call, and once more where that is right:
 * - the token was refused (K0002): the operation did not take place; after a new log-in;
 * - the connection broke, and the operation only reads;
 * - the connection broke before a document had left as a whole: a server that refuses a token does not read on, and its
 *   answer may be lost with the connection; the token is tried first.
 * Never where the operation may have taken place, nor with a stream that was read already.
 */
export class CallRunner {
  readonly #exchange: RestExchange;
  readonly #session: ClientSession;

  constructor(exchange: RestExchange, session: ClientSession) {
    this.#exchange = exchange;
    this.#session = session;
  }

  async run<Result>(call: Call, read: Read<Result>): Promise<Result> {
    if (call.declaration.access === 'anyone') return this.send(call, undefined, read);
    const token = await this.#token(call);
    try {
      return await this.send(call, token, read);
    } catch (error) {
      if (KeymanError.is(error, 'K0002')) this.#session.discard(token);
      if (!(await this.#maySendAgain(call, error))) throw error;
    }
    return this.send(call, await this.#token(call), read);
  }

  /** Sends it once, with this token. */
  async send<Result>(call: Call, token: string | undefined, read: Read<Result>): Promise<Result> {
    const { declaration, json, document, deadline } = call;
    const body = document === undefined ? json : new MultipartBody(json, document);
    const operation = declaration.name;
    try {
      return await read(
        await this.#exchange.post({ operation, token, body, wantsBytes: declaration.document, deadline }),
      );
    } finally {
      // fetch does not always close a body that it gives up.
      if (body instanceof MultipartBody) body.abandon();
    }
  }

  async #token(call: Call): Promise<string> {
    const { declaration, deadline } = call;
    try {
      return await deadline.wait(this.#session.token());
    } catch (error) {
      // What became of the log-in does not matter to the caller: his operation did not take place.
      if (KeymanError.is(error) || (error instanceof KeymanClientError && error.outcome === 'not-performed'))
        throw error;
      throw failureOf(declaration.name, error, 'not-performed', deadline);
    }
  }

  async #maySendAgain(call: Call, error: unknown): Promise<boolean> {
    if (call.document !== undefined && !isRepeatable(call.document)) return false;
    if (KeymanError.is(error, 'K0002')) return true;
    if (!(error instanceof KeymanConnectionError)) return false;
    if (isSafe(call.declaration.name)) return true;
    if (call.document === undefined || error.outcome !== 'not-performed') return false;
    return this.#tokenIsGood(call);
  }

  /** Asks for the caller's own user, which renews a token that was refused. @throws KeymanError if the log-in is refused */
  async #tokenIsGood({ deadline }: Call): Promise<boolean> {
    const probe = { declaration: userGet, json: '{}', document: undefined, deadline };
    try {
      await this.run(probe, (response) => readMembers(userGet, response, deadline));
      return true;
    } catch (error) {
      if (KeymanError.is(error)) throw error;
      return false;
    }
  }
}
