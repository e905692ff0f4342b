import type { SessionGuard } from '@cinnabar/audit';

/** Where a call comes from, as its front saw it; `ip` is the socket's, or a trusted proxy's word. */
export interface Origin {
  readonly ip: string;
  /** Names this call in log, audit and error texts. */
  readonly traceId: string;
  /** The caller's own name for it, one sane word. */
  readonly callerId?: string | undefined;
}

/** Someone whose session stands. */
export interface Caller {
  readonly userid: string;
  readonly orgaid: string;
  readonly admin: boolean;
  readonly superadmin: boolean;
  readonly auditor: boolean;
  readonly session: CallerSession;
}

export interface CallerSession {
  /** SHA-256 of the token; the token itself is not kept. */
  readonly tokenHash: Buffer;
  /** What must still hold of session and user when a signature is released. */
  readonly guard: SessionGuard;
  /** What the client called itself at log-in; goes into every record of that session. */
  readonly module: string;
  readonly modver: string | null;
}
