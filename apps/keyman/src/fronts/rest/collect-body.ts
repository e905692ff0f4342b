import type { Readable } from 'node:stream';
import { CodedError } from '@cinnabar/core';
import { ChunkSizes } from './chunk-sizes.ts';

/** Where nobody said how long the body is. */
const FIRST_BYTES = 64 * 1024;

/**
 * Reads a body into one piece of memory of its own, which may change threads as it is. Every chunk is copied at once: a client
 * may send one byte in each, and a million small objects cost a hundred times what they hold.
 *
 * @param announcedBytes of `Content-Length`; undefined for a body in chunks
 * @throws CodedError `body-too-large`, `malformed-request`, and what the stream was ended with
 */
export function collectBody(
  body: Readable,
  announcedBytes: number | undefined,
  limitBytes: number,
): Promise<Uint8Array> {
  if (announcedBytes !== undefined && announcedBytes > limitBytes) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    let memory: Buffer = Buffer.allocUnsafeSlow(announcedBytes ?? FIRST_BYTES);
    let length = 0;
    const sizes = new ChunkSizes();
    const settle = (error: unknown): void => {
      body.off('data', take).off('end', end).off('error', settle);
      reject(CodedError.is(error) ? error : unreadable());
    };
    const take = (chunk: Buffer): void => {
      const needed = length + chunk.length;
      if (needed > limitBytes) {
        settle(tooLarge());
        return;
      }
      if (sizes.areTooSmallWith(chunk)) {
        settle(new CodedError('malformed-request', 'the body comes in too many small chunks'));
        return;
      }
      if (needed > memory.length) memory = grown(memory, length, Math.min(limitBytes, Math.max(needed, 2 * length)));
      length += chunk.copy(memory, length);
    };
    const end = (): void => {
      if (announcedBytes !== undefined && length !== announcedBytes) {
        settle(unreadable());
        return;
      }
      body.off('data', take).off('end', end).off('error', settle);
      resolve(memory.subarray(0, length));
    };
    body.on('data', take).on('end', end).on('error', settle);
    body.resume();
  });
}

function grown(memory: Buffer, length: number, bytes: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(bytes);
  memory.copy(larger, 0, 0, length);
  return larger;
}

export function tooLarge(): CodedError {
  return new CodedError(
    'body-too-large',
    'the body is too large; send the document as multipart/form-data (parts request and document)',
  );
}

function unreadable(): CodedError {
  return new CodedError('malformed-request', 'the request cannot be read');
}
