import type { ErrorCode } from '@cinnabar/core';

interface KeymanError {
  /** The code that clients read (contract, "Error codes"). */
  readonly code: `K${string}`;
  /** HTTP status that always holds for it; undefined: 200, or `mappedStatus` where the setting asks for statuses. */
  readonly alwaysStatus?: number;
  readonly mappedStatus: number;
}

/** keyman's facade table: exhaustive, so that the compiler names a missing row. */
export const KEYMAN_ERRORS: Readonly<Record<ErrorCode, KeymanError>> = {
  internal: { code: 'K0001', mappedStatus: 500 },
  'not-authenticated': { code: 'K0002', mappedStatus: 401 },
  'not-authorised': { code: 'K0003', mappedStatus: 403 },
  'insufficient-parameters': { code: 'K0004', mappedStatus: 400 },
  'invalid-parameter': { code: 'K0005', mappedStatus: 400 },
  'malformed-request': { code: 'K0005', alwaysStatus: 400, mappedStatus: 400 },
  'body-too-large': { code: 'K0005', alwaysStatus: 413, mappedStatus: 413 },
  'unknown-operation': { code: 'K0006', alwaysStatus: 404, mappedStatus: 404 },
  'not-found': { code: 'K0006', mappedStatus: 404 },
  'already-exists': { code: 'K0007', mappedStatus: 409 },
  'refused-in-state': { code: 'K0008', mappedStatus: 409 },
  'wrong-pin': { code: 'K0009', mappedStatus: 403 },
  'pin-locked': { code: 'K0010', mappedStatus: 423 },
  'certificate-not-usable': { code: 'K0011', mappedStatus: 409 },
  'hsm-not-available': { code: 'K0012', mappedStatus: 503 },
  'document-unreadable': { code: 'K0013', mappedStatus: 422 },
  'document-password': { code: 'K0014', mappedStatus: 422 },
  'time-stamp-failed': { code: 'K0015', mappedStatus: 502 },
  'pki-failed': { code: 'K0016', mappedStatus: 502 },
  'not-supported': { code: 'K0017', mappedStatus: 422 },
  'refused-by-policy': { code: 'K0018', mappedStatus: 403 },
  'too-many-requests': { code: 'K0019', alwaysStatus: 429, mappedStatus: 429 },
};

/** The envelope's `error` member. */
export interface ErrorObject {
  readonly code: string;
  readonly message: string;
  readonly traceid?: string;
}

export const SUCCESS: ErrorObject = { code: 'K0000', message: 'OK' };
