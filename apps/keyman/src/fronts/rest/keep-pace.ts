import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request may take so long to arrive, and an answer to leave, whatever its pace. */
const GRACE_MS = 5 * 60 * 1000;
/** From then on it must have made so much on average: large documents may take hours, idlers may not. */
const MIN_BYTES_PER_SECOND = 64 * 1024;
const SWEEP_MS = 30_000;

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

interface Watched {
  readonly message: IncomingMessage | ServerResponse;
  readonly bytes: () => number;
  readonly before: number;
  readonly startedAtMs: number;
}

const watched = new Set<Watched>();
let sweeper: NodeJS.Timeout | undefined;

/** All are looked at by one timer: nearly every message is there or gone at once, and one for each would be in vain. */
function keepPace(message: IncomingMessage | ServerResponse, bytes: () => number): void {
  const one = { message, bytes, before: bytes(), startedAtMs: performance.now() };
  watched.add(one);
  sweeper ??= setInterval(sweep, SWEEP_MS).unref();
  message.once('close', () => {
    watched.delete(one);
    if (watched.size > 0) return;
    clearInterval(sweeper);
    sweeper = undefined;
  });
}

function sweep(): void {
  const nowMs = performance.now();
  for (const { message, bytes, before, startedAtMs } of watched) {
    const lastedMs = nowMs - startedAtMs;
    if (lastedMs >= GRACE_MS && bytes() - before < (lastedMs / 1000) * MIN_BYTES_PER_SECOND) message.destroy();
  }
}
