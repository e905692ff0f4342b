/**
 * Every way in which an operation can fail, as one closed union.
 * Each facade maps all of them (`Record<ErrorCode, …>`), so the compiler names a missing row.
 */
export type ErrorCode =
  | 'internal'
  | 'malformed-request'
  | 'unknown-operation'
  | 'body-too-large'
  | 'not-authenticated'
  | 'not-authorised'
  | 'insufficient-parameters'
  | 'invalid-parameter'
  | 'not-found'
  | 'already-exists'
  | 'refused-in-state'
  | 'wrong-pin'
  | 'pin-locked'
  | 'certificate-not-usable'
  | 'hsm-not-available'
  | 'document-unreadable'
  | 'document-password'
  | 'time-stamp-failed'
  | 'pki-failed'
  | 'not-supported'
  | 'refused-by-policy'
  | 'too-many-requests';

/** Who is at fault: the caller, this server, the HSM or another server that we asked. */
export type Fault = 'caller' | 'server' | 'hsm' | 'remote';

const FAULTS: Record<ErrorCode, Fault> = {
  internal: 'server',
  'malformed-request': 'caller',
  'unknown-operation': 'caller',
  'body-too-large': 'caller',
  'not-authenticated': 'caller',
  'not-authorised': 'caller',
  'insufficient-parameters': 'caller',
  'invalid-parameter': 'caller',
  'not-found': 'caller',
  'already-exists': 'caller',
  'refused-in-state': 'caller',
  'wrong-pin': 'caller',
  'pin-locked': 'caller',
  'certificate-not-usable': 'caller',
  'hsm-not-available': 'hsm',
  'document-unreadable': 'caller',
  'document-password': 'caller',
  'time-stamp-failed': 'remote',
  'pki-failed': 'remote',
  'not-supported': 'caller',
  'refused-by-policy': 'caller',
  'too-many-requests': 'caller',
};

export interface CodedErrorOptions {
  readonly cause?: unknown;
  /** For the log only; never a secret, never sent to a caller. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/** The one error type that crosses room borders. `publicDetail` may be shown to the caller: no secret, no inner text. */
export class CodedError extends Error {
  readonly code: ErrorCode;
  readonly fault: Fault;
  readonly publicDetail: string;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, publicDetail: string, options: CodedErrorOptions = {}) {
    super(publicDetail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CodedError';
    this.code = code;
    this.fault = FAULTS[code];
    this.publicDetail = publicDetail;
    this.context = options.context ?? {};
  }

  /** Is `error` a CodedError, with one of these codes where any is named? */
  static is(error: unknown, ...codes: readonly ErrorCode[]): error is CodedError {
    return error instanceof CodedError && (codes.length === 0 || codes.includes(error.code));
  }
}
