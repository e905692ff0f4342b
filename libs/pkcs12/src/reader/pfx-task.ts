import type { ErrorCode } from '@cinnabar/core';
import type { PfxPassword } from '../pfx-password.ts';
import type { PfxContents, PfxLimits } from '../read-pfx.ts';

/** What the worker thread is started with. The buffers of `forms` are transferred, not copied. */
export interface PfxTask {
  readonly pfxDer: Uint8Array;
  readonly forms: readonly PfxPassword[];
  readonly limits: PfxLimits;
}

/** What it answers: errors as plain values, since classes do not survive the way between threads. */
export type PfxOutcome =
  | { readonly contents: PfxContents }
  | { readonly refusal: { readonly code: ErrorCode; readonly publicDetail: string } };
