import type { ErrorObject } from '../error-codes.ts';
import type { RawRequest } from '../operation.ts';

/**
 * What became of the operation on the server: what a caller has to know before he sends it again.
 * `not-performed`: it did not take place. `performed`: it did, but its answer is lost. `unknown`: one or the other.
 */
export type OperationOutcome = 'not-performed' | 'performed' | 'unknown';

/** Whatever a call can fail with. Texts and members never hold what was sent: requests carry PINs and passwords. */
export abstract class KeymanClientError extends Error {
  /** `Category/Action`. */
  readonly operation: string;
  readonly outcome: OperationOutcome;

  protected constructor(operation: string, outcome: OperationOutcome, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.operation = operation;
    this.outcome = outcome;
  }
}

export interface RefusalDetails {
  readonly httpStatus: number;
  readonly traceId: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly members: RawRequest;
}

/** The server answered with an error of the contract. */
export class KeymanError extends KeymanClientError {
  /** `K0001` to `K0019` (contract, "Error codes"). */
  readonly code: string;
  /** The server's own sentence; `message` says the operation and the code before it. */
  readonly detail: string;
  readonly httpStatus: number;
  /** Under which the server's log and audit have this request; undefined where the server does not tell it. */
  readonly traceId: string | undefined;
  /** With K0019: how long the server asks to wait, if it says so. */
  readonly retryAfterSeconds: number | undefined;
  /** What was answered beside the error (Cert/PinCheck: `{ result: false }`). */
  readonly members: RawRequest;

  constructor(operation: string, { code, message }: ErrorObject, details: RefusalDetails) {
    // An internal error may have struck after the change was made.
    super(operation, code === 'K0001' ? 'unknown' : 'not-performed', `${operation} answered ${code}: ${message}`);
    this.name = 'KeymanError';
    this.code = code;
    this.detail = message;
    this.httpStatus = details.httpStatus;
    this.traceId = details.traceId;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.members = details.members;
  }

  /** Is `error` the server's refusal, with one of these codes where any is named? */
  static is(error: unknown, ...codes: readonly string[]): error is KeymanError {
    return error instanceof KeymanError && (codes.length === 0 || codes.includes(error.code));
  }
}

/** The server was not reached, or the connection ended before the answer was there. `cause` is what `fetch` threw. */
export class KeymanConnectionError extends KeymanClientError {
  constructor(operation: string, outcome: OperationOutcome, cause: unknown) {
    super(operation, outcome, `${operation}: ${connectionText(cause)}${outcomeText(outcome)}`, cause);
    this.name = 'KeymanConnectionError';
  }
}

/** The call took longer than its time limit. */
export class KeymanTimeoutError extends KeymanClientError {
  readonly timeoutMs: number;

  constructor(operation: string, outcome: OperationOutcome, timeoutMs: number) {
    super(operation, outcome, `${operation} was given up after ${timeoutMs} ms${outcomeText(outcome)}`);
    this.name = 'KeymanTimeoutError';
    this.timeoutMs = timeoutMs;
  }
}

/** The caller's AbortSignal ended the call; `cause` is the signal's reason. */
export class KeymanAbortError extends KeymanClientError {
  constructor(operation: string, outcome: OperationOutcome, reason: unknown) {
    super(operation, outcome, `${operation} was aborted${outcomeText(outcome)}`, reason);
    this.name = 'KeymanAbortError';
  }
}

/** What answered is not keyman (a proxy, perhaps), or answers otherwise than the operation is declared. */
export class KeymanAnswerError extends KeymanClientError {
  readonly httpStatus: number;
  readonly traceId: string | undefined;

  constructor(
    operation: string,
    outcome: OperationOutcome,
    why: string,
    details: { readonly httpStatus: number; readonly traceId?: string | undefined; readonly cause?: unknown },
  ) {
    super(
      operation,
      outcome,
      `${operation}: ${why} (HTTP ${details.httpStatus})${outcomeText(outcome)}`,
      details.cause,
    );
    this.name = 'KeymanAnswerError';
    this.httpStatus = details.httpStatus;
    this.traceId = details.traceId;
  }
}

/** The document to be sent could not be read; `cause` is what its source threw. */
export class KeymanDocumentError extends KeymanClientError {
  constructor(operation: string, cause: unknown) {
    super(operation, 'not-performed', `${operation}: the document could not be read`, cause);
    this.name = 'KeymanDocumentError';
  }
}

function outcomeText(outcome: OperationOutcome): string {
  if (outcome === 'not-performed') return '; it did not take place';
  return outcome === 'performed' ? '; it took place' : '; whether it took place is unknown';
}

/** `fetch` says "fetch failed" and keeps the reason below it. */
function connectionText(error: unknown): string {
  const code = connectionCode(error);
  return code === undefined ? 'the connection failed' : `the connection failed (${code})`;
}

/** The system's or undici's word for what went wrong (`ECONNREFUSED`, `UND_ERR_SOCKET`, `CERT_HAS_EXPIRED`). */
export function connectionCode(error: unknown): string | undefined {
  let each = error;
  for (let depth = 0; depth < 4 && typeof each === 'object' && each !== null; depth += 1) {
    const { code, cause } = each as { readonly code?: unknown; readonly cause?: unknown };
    if (typeof code === 'string') return code;
    each = cause;
  }
  return undefined;
}
