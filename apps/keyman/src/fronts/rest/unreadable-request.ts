import type { Socket } from 'node:net';
import { newTraceId } from '@cinnabar/http';
import { CodedError } from '@cinnabar/core';
import { toErrorObject } from '@cinnabar/keyman-api';

const REASONS: Readonly<Record<string, readonly [status: string, detail: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'the request took too long to arrive'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'the headers are too large'],
};

/** Answers what is not even HTTP, in the contract's words, with an id like every other answer. */
export function answerUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  // The other end has gone, or is being answered.
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy(error);
    return;
  }
  const [status, detail] = REASONS[error.code ?? ''] ?? ['400 Bad Request', 'the request is not HTTP/1.1'];
  const traceId = newTraceId();
  const body = JSON.stringify({ error: toErrorObject(new CodedError('malformed-request', detail), traceId) });
  const head = [
    `HTTP/1.1 ${status}`,
    'connection: close',
    'cache-control: no-store',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-correlation-id: ${traceId}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
