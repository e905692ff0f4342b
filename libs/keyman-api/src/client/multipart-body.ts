import { randomUUID } from 'node:crypto';
import { openDocument, type DocumentSource } from './document-source.ts';

const CRLF = '\r\n';

/**
 * `multipart/form-data` as the server takes it (contract, "Large documents"): part `request`, then part `document`, which
 * is read as it leaves. For one attempt; another one makes another body.
 */
export class MultipartBody {
  readonly contentType: string;
  readonly stream: ReadableStream<Uint8Array>;
  readonly #boundary = `cinnabar-${randomUUID()}`;
  readonly #request: string;
  readonly #document: DocumentSource;
  readonly #chunks: AsyncGenerator<Uint8Array, undefined>;
  #isComplete = false;
  #isAbandoned = false;
  #failure: { readonly cause: unknown } | undefined;

  /** @param request JSON */
  constructor(request: string, document: DocumentSource) {
    this.#request = request;
    this.#document = document;
    this.contentType = `multipart/form-data; boundary=${this.#boundary}`;
    this.#chunks = this.#read();
    this.stream = this.#open();
  }

  /** Closes the document's source: the attempt is over, whether or not all was asked for. */
  abandon(): void {
    this.#isAbandoned = true;
    // A source that throws at its end has nobody left to tell.
    this.#chunks.return(undefined).catch(() => undefined);
  }

  /** Was all of it handed over? Before that no server can have begun: a form without its end cannot be read. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** What the document's source threw, if it did. */
  get failure(): { readonly cause: unknown } | undefined {
    return this.#failure;
  }

  #open(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const { done, value } = await this.#chunks.next();
          if (this.#isAbandoned) controller.error(new Error('the call is over'));
          else if (done === true) controller.close();
          else controller.enqueue(value);
        },
        cancel: () => this.abandon(),
      },
      // Nothing is read ahead: `isComplete` tells what was really asked for.
      { highWaterMark: 0 },
    );
  }

  async *#read(): AsyncGenerator<Uint8Array, undefined> {
    const text = new TextEncoder();
    const head = this.#partHead('name="request"') + this.#request + CRLF;
    yield text.encode(head + this.#partHead('name="document"; filename="document"', 'application/octet-stream'));
    try {
      for await (const chunk of openDocument(this.#document)) if (chunk.length > 0) yield chunk;
    } catch (cause) {
      this.#failure = { cause };
      throw cause;
    }
    this.#isComplete = true;
    yield text.encode(`${CRLF}--${this.#boundary}--${CRLF}`);
  }

  #partHead(disposition: string, contentType?: string): string {
    const lines = [`--${this.#boundary}`, `content-disposition: form-data; ${disposition}`];
    if (contentType !== undefined) lines.push(`content-type: ${contentType}`);
    return [...lines, '', ''].join(CRLF);
  }
}
