/** The server refused an operation: its `error` object. Codes are listed in the contract (K0001 … K0019). */
export class Refusal extends Error {
  readonly operation: string;
  readonly code: string;

  constructor(operation: string, code: string, message: string) {
    super(`${operation} answered ${code}: ${message}`);
    this.name = 'Refusal';
    this.operation = operation;
    this.code = code;
  }
}

/** Nobody listens at the server's address. */
export class ServerNotThere extends Error {
  constructor(url: string, cause: unknown) {
    super(`no server answers at ${url}`, { cause });
    this.name = 'ServerNotThere';
  }
}

type Json = Readonly<Record<string, unknown>>;

/** The REST v3 interface as any program outside would use it: POST, JSON, the token in the header `Authentication`. */
export class KeymanClient {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #observe: (operation: string, body: Json) => void;

  constructor(url: string, options: { token?: string; observe?: (operation: string, body: Json) => void } = {}) {
    this.#url = url.replace(/\/$/, '');
    this.#token = options.token;
    this.#observe = options.observe ?? (() => undefined);
  }

  /** Logs in with a password and answers a client that carries the session's token. */
  async login(login: string, pass: string): Promise<KeymanClient> {
    const answer = await this.call('Auth/Login', { module: 'cinnabar-tools', authmethod: 'pass', login, pass });
    return new KeymanClient(this.#url, { token: textMember(answer, 'token'), observe: this.#observe });
  }

  /**
   * Calls one operation (`Category/Action`).
   * @throws {Refusal} the answer carries an error other than K0000
   * @throws {ServerNotThere}
   */
  async call(operation: string, body: Json): Promise<Json> {
    this.#observe(operation, body);
    const response = await fetch(`${this.#url}/Keyman/rest/v3/${operation}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.#token === undefined ? {} : { authentication: this.#token }),
      },
      body: JSON.stringify(body),
    }).catch((error: unknown) => {
      throw new ServerNotThere(this.#url, error);
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (!isJson(answer)) throw new Error(`${operation} answered HTTP ${response.status} without a JSON object`);
    const { error } = answer as { error?: { code?: string; message?: string } | null };
    if (error?.code !== undefined && error.code !== 'K0000') {
      throw new Refusal(operation, error.code, error.message ?? '');
    }
    return answer;
  }
}

/** Reads a text at a path of members. @throws if the answer has none there */
export function textMember(answer: Json, ...path: readonly string[]): string {
  let value: unknown = answer;
  for (const member of path) value = isJson(value) ? value[member] : undefined;
  if (typeof value !== 'string') throw new Error(`the answer has no ${path.join('.')}`);
  return value;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}
