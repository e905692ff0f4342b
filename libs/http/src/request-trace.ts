import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';

/** How one request is named in log, audit and answers. */
export interface RequestTrace {
  /** Ours: `newTraceId`. */
  readonly traceId: string;
  /** The caller's own name for it, where it sent a sane one; stands beside ours and is never taken for it. */
  readonly callerId: string | undefined;
}

/** What a caller may call its request: one word that can break no log line and that no page reads as anything else. */
const SANE = /^[A-Za-z0-9][A-Za-z0-9._:/+=@-]{0,63}$/;

const current = new AsyncLocalStorage<RequestTrace>();

/** `X-Request-Id`, or else `X-Correlation-Id`; undefined where there is none, or none that is sane. */
export function callerIdOf(headers: IncomingHttpHeaders): string | undefined {
  const given = headers['x-request-id'] ?? headers['x-correlation-id'];
  return typeof given === 'string' && SANE.test(given) ? given : undefined;
}

/** Runs work, and all that it starts, as a part of that request. */
export function asPartOf<Result>(trace: RequestTrace, work: () => Result): Result {
  return current.run(trace, work);
}

/** The request that this code runs for, if any. */
export function currentTrace(): RequestTrace | undefined {
  return current.getStore();
}
