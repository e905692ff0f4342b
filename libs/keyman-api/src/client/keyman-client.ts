import type { UserObject } from '../objects/user.ts';
import type { OperationDeclaration, RawRequest } from '../operation.ts';
import { authLogin, authLogout } from '../operations/auth.ts';
import { OPERATIONS } from '../operations/index.ts';
import { isBytes, readBytes, readMembers, validated } from './answer-reader.ts';
import { CallRunner, type Call } from './call-runner.ts';
import { KeymanAnswerError, KeymanError } from './client-errors.ts';
import { secretOf, serverAddress, type CallOptions, type KeymanClientOptions } from './client-options.ts';
import { ClientSession } from './client-session.ts';
import { Deadline } from './deadline.ts';
import type { DocumentSource } from './document-source.ts';
import type { DeclarationOf, OperationName, ReceivedAnswer, SentRequest } from './request-types.ts';
import { RestExchange } from './rest-exchange.ts';
import { streamedDocument, type StreamedDocument } from './streamed-document.ts';
import { toJsonText } from './wire-members.ts';

const CALL_LIMIT_MS = 60_000;
const DOCUMENT_CALL_LIMIT_MS = 600_000;

type Operation = OperationName | OperationDeclaration;
type RequestFor<Op extends Operation> = SentRequest<DeclarationOf<Op>>;
type AnswerFor<Op extends Operation> = ReceivedAnswer<DeclarationOf<Op>>;

/**
 * keyman's contract for programs: any operation by its name, typed by its declaration. Logs in when it has to, and again
 * when its token is refused (K0002), once for all calls that wait. The README says what is sent again, and what never.
 */
export class KeymanClient {
  readonly #runner: CallRunner;
  readonly #session: ClientSession;
  readonly #limits: { readonly call: number; readonly document: number };
  #user: UserObject | undefined;

  /** @throws TypeError for an address that PINs must not be sent to */
  constructor(options: KeymanClientOptions) {
    const { credentials, module, modver, timeoutMs, documentTimeoutMs } = options;
    this.#limits = { call: timeoutMs ?? CALL_LIMIT_MS, document: documentTimeoutMs ?? DOCUMENT_CALL_LIMIT_MS };
    this.#session = new ClientSession(async () => {
      const { token, user } = await this.call(authLogin, {
        module,
        modver,
        authmethod: credentials.authmethod ?? 'pass',
        login: credentials.login,
        orgaid: credentials.orgaid,
        pass: await secretOf(credentials.pass),
        modkey: credentials.modkey === undefined ? undefined : await secretOf(credentials.modkey),
      });
      this.#user = user;
      return token;
    });
    const exchange = new RestExchange(serverAddress(options), options.fetch ?? ((url, init) => fetch(url, init)));
    this.#runner = new CallRunner(exchange, this.#session);
  }

  /** Logs in afresh and answers the user. Never needed, but the way to learn early whether the credentials hold. */
  async logIn(): Promise<UserObject> {
    await this.logOut();
    await this.#session.token();
    return this.#user as UserObject;
  }

  /** Ends the session, if there is one. A call after it logs in again. */
  async logOut(): Promise<void> {
    const token = await this.#session.forget();
    if (token === undefined) return;
    const deadline = new Deadline(this.#limits.call, undefined);
    try {
      const call = { declaration: authLogout, json: '{}', document: undefined, deadline };
      await this.#runner.send(call, token, (response) => readMembers(authLogout, response, deadline));
    } catch (error) {
      // It had ended already.
      if (!KeymanError.is(error, 'K0002')) throw error;
    } finally {
      deadline.release();
    }
  }

  /** `await using client = new KeymanClient(…)` logs out at the end of the block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.logOut();
  }

  /**
   * Calls an operation: `call('Sign/Hash', { cert: { certid, pin }, hash: { algorithm: 'SHA256', digest } })`.
   *
   * @throws KeymanError the server's refusal; KeymanConnectionError, KeymanTimeoutError, KeymanAbortError,
   *   KeymanDocumentError, KeymanAnswerError: each a KeymanClientError, whose `outcome` says whether it took place
   */
  async call<Op extends Operation>(
    operation: Op,
    request: RequestFor<Op>,
    options: CallOptions = {},
  ): Promise<AnswerFor<Op>> {
    const call = this.#prepare(operation, request, options);
    const { declaration, deadline } = call;
    try {
      const members = await this.#runner.run(call, async (response) => {
        if (!isBytes(response)) return readMembers(declaration, response, deadline);
        const data = await readBytes(declaration.name, response, deadline);
        return validated(declaration, { data }, { httpStatus: response.status });
      });
      return members as AnswerFor<Op>;
    } finally {
      deadline.release();
    }
  }

  /**
   * Calls an operation whose answer is a document, and hands it on as it arrives. The time limit ends with the answer's
   * beginning; the signal goes on to count.
   *
   * @throws as `call`; what breaks the document off later is thrown by its stream
   */
  async stream<Op extends Operation>(
    operation: Op,
    request: RequestFor<Op>,
    options: CallOptions = {},
  ): Promise<StreamedDocument> {
    const call = this.#prepare(operation, request, options);
    const { declaration, deadline } = call;
    try {
      return await this.#runner.run(call, async (response) => {
        if (isBytes(response) && response.body !== null) {
          deadline.lift();
          return streamedDocument(declaration.name, response, response.body, deadline);
        }
        await readMembers(declaration, response, deadline);
        const { status: httpStatus } = response;
        throw new KeymanAnswerError(declaration.name, 'performed', 'the answer is no document', { httpStatus });
      });
    } catch (error) {
      deadline.release();
      throw error;
    }
  }

  #prepare(operation: Operation, request: unknown, { timeoutMs, signal }: CallOptions): Call {
    const declaration = typeof operation === 'string' ? declarationOf(operation) : operation;
    const { members, document } = withoutDocument(declaration, request as RawRequest);
    const json = toJsonText(members);
    const limitMs = timeoutMs ?? (document === undefined ? this.#limits.call : this.#limits.document);
    return { declaration, json, document, deadline: new Deadline(limitMs, signal) };
  }
}

function declarationOf(name: string): OperationDeclaration {
  const declaration = OPERATIONS.find((each) => each.name === name);
  if (declaration === undefined) throw new TypeError(`there is no operation ${name}`);
  return declaration;
}

/** Documents travel beside the JSON, as they are. */
function withoutDocument(
  declaration: OperationDeclaration,
  request: RawRequest,
): { readonly members: RawRequest; readonly document: DocumentSource | undefined } {
  if (!declaration.document || request['document'] === undefined) return { members: request, document: undefined };
  const { document, ...members } = request;
  return { members, document: document as DocumentSource };
}
