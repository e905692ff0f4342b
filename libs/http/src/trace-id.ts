import { randomUUID } from 'node:crypto';

/** Names one request in log, audit and error texts. Never taken from the caller, who could forge another's. */
export function newTraceId(): string {
  return randomUUID();
}
