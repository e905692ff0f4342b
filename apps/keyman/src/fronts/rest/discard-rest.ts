import type { IncomingMessage, ServerResponse } from 'node:http';
import { ChunkSizes } from './chunk-sizes.ts';

/** How long the rest of a refused body may go on to arrive. */
const LINGER_MS = 5_000;

/**
 * Reads past the rest of a body that was refused before its end. If the connection were closed with bytes unread, TCP would
 * reset it, and the client might lose the answer that says why (RFC 9112 section 9.6). Who sends on for longer, or in chunks that are work
 * and no bytes, is cut off.
 */
export function discardRest(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete) return;
  // A client that asked for the connection's end ends it himself, when he has the answer.
  response.shouldKeepAlive = true;
  response.once('finish', () => {
    const cutOff = setTimeout(() => request.socket.destroy(), LINGER_MS);
    request.once('close', () => clearTimeout(cutOff));
    const sizes = new ChunkSizes();
    request.on('data', (chunk: Buffer) => {
      if (sizes.areTooSmallWith(chunk)) request.socket.destroy();
    });
    request.unpipe();
    request.resume();
  });
}
