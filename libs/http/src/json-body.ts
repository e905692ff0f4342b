import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError } from '@cinnabar/core';
import { Piscina } from 'piscina';
import { parseJson } from './parse-json.ts';

/** Bodies up to this length are parsed where they arrive: it takes less than handing them over. */
const INLINE_MAX_BYTES = 64 * 1024;

export interface JsonBodyReaderOptions {
  readonly threads: number;
  /** How many large bodies may wait for a thread; more are refused, since each holds its memory. */
  readonly maxQueue: number;
}

/** Parses JSON bodies; large ones on a thread of their own, because 100 MB of base64 stop an event loop for a second. */
export class JsonBodyReader {
  private readonly pool: Piscina<Uint8Array, unknown>;

  constructor(options: JsonBodyReaderOptions) {
    const worker = new URL(`./json-body.worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url);
    this.pool = new Piscina({
      filename: worker.href,
      minThreads: 0,
      maxThreads: options.threads,
      maxQueue: options.maxQueue,
      idleTimeout: 30_000,
    });
  }

  /**
   * @returns the value; base64 members of large bodies come decoded (`Uint8Array`), as the contract's `byte[]` takes both
   * @throws CodedError `malformed-request`, `too-many-requests`
   */
  async read(body: Uint8Array): Promise<unknown> {
    if (body.length <= INLINE_MAX_BYTES) return parsed(() => parseJson(body));
    if (this.pool.queueSize >= this.pool.options.maxQueue) {
      throw new CodedError(
        'too-many-requests',
        'too many large requests at once; try again, or send the document as multipart/form-data',
      );
    }
    // The body is copied into memory that can change hands: Node's own buffers may share a pool.
    const owned = new Uint8Array(body);
    return parsed(() => this.pool.run(owned, { transferList: [owned.buffer] }));
  }

  async close(): Promise<void> {
    await this.pool.close();
  }
}

async function parsed(parse: () => unknown): Promise<unknown> {
  try {
    return await parse();
  } catch (cause) {
    // A parser's own message quotes the text around the fault, which may be a PIN: it stays in the cause's name only.
    throw new CodedError('malformed-request', 'the body is not JSON in UTF-8', {
      context: { cause: cause instanceof Error ? cause.name : 'unknown' },
    });
  }
}
