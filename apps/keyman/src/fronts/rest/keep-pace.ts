import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request may take so long to arrive, and an answer to leave, whatever its pace. */
const GRACE_MS = 5 * 60 * 1000;
/** From then on it must have made so much on average: large documents may take hours, idlers may not. */
const MIN_BYTES_PER_SECOND = 64 * 1024;

/** Cuts off a request whose body trickles in: it would hold a connection, and perhaps a place for uploads. */
export function keepRequestPace(request: IncomingMessage): void {
  const { socket } = request;
  if (!request.complete) keepPace(request, () => socket.bytesRead);
}

/** Cuts off a client who does not take its answer: it would hold a stored document. */
export function keepAnswerPace(answer: ServerResponse): void {
  const { socket } = answer;
  if (socket !== null && !answer.closed) keepPace(answer, () => socket.bytesWritten);
}

function keepPace(message: IncomingMessage | ServerResponse, bytes: () => number): void {
  const startedAt = performance.now();
  const before = bytes();
  const timer = setInterval(() => {
    const seconds = (performance.now() - startedAt) / 1000;
    if (bytes() - before < seconds * MIN_BYTES_PER_SECOND) message.destroy();
  }, GRACE_MS);
  timer.unref();
  message.once('close', () => clearInterval(timer));
}
