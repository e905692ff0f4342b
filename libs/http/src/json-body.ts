import { CodedError } from '@cinnabar/core';
import { BodyThreads, INLINE_MAX_BYTES, type BodyThreadsOptions } from './body-threads.ts';
import { parseJson, TOO_MANY_VALUES } from './parse-json.ts';

export type JsonBodyReaderOptions = BodyThreadsOptions;

/** Parses JSON bodies; large ones on a thread of their own. */
export class JsonBodyReader {
  private readonly threads: BodyThreads<unknown>;

  constructor(options: JsonBodyReaderOptions) {
    this.threads = new BodyThreads(new URL('./json-body.worker', import.meta.url), options);
  }

  /**
   * @returns the value; base64 members of large bodies come decoded (`Uint8Array`), as the contract's `byte[]` takes both
   * @throws CodedError `malformed-request`, `too-many-requests`
   */
  async read(body: Uint8Array): Promise<unknown> {
    try {
      return body.length <= INLINE_MAX_BYTES ? parseJson(body) : await this.threads.read(body);
    } catch (cause) {
      if (CodedError.is(cause)) throw cause;
      if (isAboutValues(cause)) throw new CodedError('malformed-request', TOO_MANY_VALUES);
      // A parser's own message quotes the text around the fault, which may be a PIN: it stays in the cause's name only.
      throw new CodedError('malformed-request', 'the body is not JSON in UTF-8', {
        context: { cause: cause instanceof Error ? cause.name : 'unknown' },
      });
    }
  }

  async close(): Promise<void> {
    await this.threads.close();
  }
}

/** Not instanceof: it may come from a thread. */
function isAboutValues(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'message' in cause && cause.message === TOO_MANY_VALUES;
}
