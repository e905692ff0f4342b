import { CodedError } from '@cinnabar/core';
import { BodyThreads, INLINE_MAX_BYTES, type BodyThreadsOptions } from './body-threads.ts';
import { parseJson, TOO_MANY_VALUES } from './parse-json.ts';
import { TOO_MUCH_TEXT } from './text-room.ts';

export type JsonBodyReaderOptions = BodyThreadsOptions;

/** Parses JSON bodies; large ones on a thread of their own. */
export class JsonBodyReader {
  private readonly threads: BodyThreads<unknown>;

  constructor(options: JsonBodyReaderOptions) {
    this.threads = new BodyThreads(new URL('./json-body.worker', import.meta.url), options);
  }

  /**
   * @param body of a large one the memory is taken over, where it is the body's alone
   * @returns the value; base64 members of large bodies come decoded (`Uint8Array`), as the contract's `byte[]` takes both
   * @throws CodedError `malformed-request`, `too-many-requests`
   */
  async read(body: Uint8Array): Promise<unknown> {
    try {
      return body.length <= INLINE_MAX_BYTES ? parseJson(body) : await this.threads.read(body);
    } catch (cause) {
      if (CodedError.is(cause)) throw cause;
      if (isBeyondLimits(cause)) throw new CodedError('malformed-request', cause.message);
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
function isBeyondLimits(cause: unknown): cause is { readonly message: string } {
  const isSaid = typeof cause === 'object' && cause !== null && 'message' in cause;
  return isSaid && (cause.message === TOO_MANY_VALUES || cause.message === TOO_MUCH_TEXT);
}
