import { CodedError } from '@cinnabar/core';

/** More came than is allowed in a time; told by status 429 and `Retry-After` (RFC 6585 section 4), and kept out of the audit. */
export class RateRefusal extends CodedError {
  readonly retryAfterSeconds: number;

  constructor(whose: string, waitMs: number) {
    super('too-many-requests', `too many requests from ${whose}; try again later`);
    this.retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  }
}
