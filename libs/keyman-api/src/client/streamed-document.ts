import { failureOf } from './rest-exchange.ts';
import type { Deadline } from './deadline.ts';

/** A signed document as it arrives. */
export interface StreamedDocument {
  readonly data: ReadableStream<Uint8Array>;
  /** In bytes, where the server said it. */
  readonly length: number | undefined;
}

/** Hands a document on; what breaks it off is a KeymanClientError, and the deadline is released at its end. */
export function streamedDocument(
  operation: string,
  response: Response,
  body: ReadableStream<Uint8Array>,
  deadline: Deadline,
): StreamedDocument {
  const reader = body.getReader();
  const data = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) {
            controller.enqueue(value);
            return;
          }
        } catch (error) {
          deadline.release();
          throw failureOf(operation, error, 'performed', deadline);
        }
        deadline.release();
        controller.close();
      },
      cancel(reason) {
        deadline.release();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  const length = response.headers.get('content-length');
  return { data, length: length === null ? undefined : Number(length) };
}
