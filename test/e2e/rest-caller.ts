type Json = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly body: Json;
  /** `K0000` where `error` is null. */
  readonly code: string;
  readonly message: string;
}

/** REST as any client calls it. */
export class RestCaller {
  readonly url: string;
  readonly token: string | undefined;

  constructor(url: string, token?: string) {
    this.url = url;
    this.token = token;
  }

  /** The answer, whatever it is. */
  async call(operation: string, body: unknown = {}, version = 'v3'): Promise<Answer> {
    return this.post(`/Keyman/rest/${version}/${operation}`, JSON.stringify(body), {
      'content-type': 'application/json',
    });
  }

  async post(path: string, body: string, headers: Record<string, string>): Promise<Answer> {
    const authentication: Record<string, string> = this.token === undefined ? {} : { authentication: this.token };
    const response = await fetch(this.url + path, { method: 'POST', body, headers: { ...authentication, ...headers } });
    const answer = (await response.json()) as Json;
    const error = answer['error'] as { code: string; message: string } | null;
    return { status: response.status, body: answer, code: error?.code ?? 'K0000', message: error?.message ?? '' };
  }

  /** The members of a successful answer. */
  async ok(operation: string, body: unknown = {}): Promise<Json> {
    const answer = await this.call(operation, body);
    if (answer.code !== 'K0000') throw new Error(`${operation} answered ${answer.code} ${answer.message}`);
    return answer.body;
  }

  /** `K0009 Wrong PIN, 4 tries left`: the code and message of a refusal. */
  async refusal(operation: string, body: unknown = {}): Promise<string> {
    const { code, message } = await this.call(operation, body);
    return `${code} ${message}`;
  }
}
