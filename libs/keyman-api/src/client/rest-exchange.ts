import type { Fetch } from '@cinnabar/core';
import {
  connectionCode,
  KeymanAbortError,
  KeymanConnectionError,
  KeymanDocumentError,
  KeymanTimeoutError,
  type KeymanClientError,
  type OperationOutcome,
} from './client-errors.ts';
import type { Deadline } from './deadline.ts';
import { MultipartBody } from './multipart-body.ts';

/** With these nothing was sent: no connection came about, or its certificate was not accepted. */
const BEFORE_SENDING =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EACCES|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_.*|ERR_SSL_.*|CERT_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*|HOSTNAME_MISMATCH|INVALID_CA)$/;

export interface Posting {
  /** `Category/Action`. */
  readonly operation: string;
  readonly token: string | undefined;
  /** JSON, or a form. */
  readonly body: string | MultipartBody;
  /** Is the document wanted as bytes, where the answer holds one? */
  readonly wantsBytes: boolean;
  readonly deadline: Deadline;
}

/** One request and its answer's head over REST v3. */
export class RestExchange {
  readonly #base: string;
  readonly #fetch: Fetch;

  /** @param base the server's address, with `http:` or `https:`, without a slash at its end */
  constructor(base: string, fetch: Fetch) {
    this.#base = base;
    this.#fetch = fetch;
  }

  /** @throws KeymanConnectionError, KeymanTimeoutError, KeymanAbortError, KeymanDocumentError */
  async post(posting: Posting): Promise<Response> {
    const { operation, token, body, wantsBytes, deadline } = posting;
    const isForm = body instanceof MultipartBody;
    if (deadline.ended !== undefined) throw failureOf(operation, undefined, 'not-performed', deadline);
    try {
      return await this.#fetch(`${this.#base}/Keyman/rest/v3/${operation}`, {
        method: 'POST',
        headers: {
          'content-type': isForm ? body.contentType : 'application/json',
          accept: wantsBytes ? 'application/octet-stream, application/json' : 'application/json',
          ...(token === undefined ? {} : { authentication: token }),
        },
        body: isForm ? body.stream : body,
        // fetch wants to be told that it may send before it is answered.
        ...(isForm ? { duplex: 'half' as const } : {}),
        // A PIN goes where it was meant to go, and nowhere else.
        redirect: 'manual',
        signal: deadline.signal,
      });
    } catch (error) {
      if (isForm && body.failure !== undefined) throw new KeymanDocumentError(operation, body.failure.cause);
      const unsent = BEFORE_SENDING.test(connectionCode(error) ?? '') || (isForm && !body.isComplete);
      throw failureOf(operation, error, unsent ? 'not-performed' : 'unknown', deadline);
    }
  }
}

/** Why a call ended without an answer. */
export function failureOf(
  operation: string,
  error: unknown,
  outcome: OperationOutcome,
  deadline: Deadline,
): KeymanClientError {
  if (deadline.ended === 'timed-out') return new KeymanTimeoutError(operation, outcome, deadline.timeoutMs);
  if (deadline.ended === 'aborted') return new KeymanAbortError(operation, outcome, deadline.reason);
  return new KeymanConnectionError(operation, outcome, error);
}
