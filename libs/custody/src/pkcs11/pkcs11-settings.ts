import { availableParallelism } from 'node:os';
import type { WrappingMechanism } from '../protected-key.ts';
import type { ImportWay } from './import-settings.ts';

export interface Pkcs11Settings {
  /** Absolute path of the PKCS#11 library; {@link findPkcs11Module} knows SoftHSM's usual places. */
  readonly modulePath: string;
  /** CKA label of the token (C_GetTokenInfo). */
  readonly tokenLabel: string;
  /** Gives the token's user PIN whenever a login is needed, so that it is not kept. */
  readonly readPin: () => string;
  /** Sessions, and so calls that are on their way; those beyond `signingThreads` lie ready for the next free one. Default: 6 a thread. */
  readonly signingSessions?: number;
  /** Signatures that are inside the HSM's library at the same time. Default: one per core, at least 2, and one more. */
  readonly signingThreads?: number;
  /** Signatures that may wait for a session; one more is answered `too-many-requests`. Default 1,024. */
  readonly signingQueueLimit?: number;
  /** How long an answer of the HSM may take before it counts as lost. Default 10 s. */
  readonly callTimeoutMs?: number;
  /** How long the HSM may take to make one key pair before it counts as lost. Default 60 s. */
  readonly generationTimeoutMs?: number;
  /** How private keys are wrapped; proved at start by a round trip. Default `CKM_AES_KEY_WRAP_PAD`. */
  readonly wrappingMechanism?: WrappingMechanism;
  /** How private keys get in; proved at start by a round trip. Default `create-object`. */
  readonly importBy?: ImportWay;
}

export interface ResolvedPkcs11Settings {
  readonly modulePath: string;
  readonly tokenLabel: string;
  readonly readPin: () => string;
  readonly signingSessions: number;
  readonly signingThreads: number;
  readonly signingQueueLimit: number;
  readonly callTimeoutMs: number;
  readonly generationTimeoutMs: number;
  readonly wrappingMechanism: WrappingMechanism;
  readonly importBy: ImportWay;
}

export function resolvePkcs11Settings(settings: Pkcs11Settings): ResolvedPkcs11Settings {
  const signingThreads = settings.signingThreads ?? Math.max(2, availableParallelism()) + 1;
  return {
    signingThreads,
    signingSessions: 6 * signingThreads,
    signingQueueLimit: 1_024,
    callTimeoutMs: 10_000,
    generationTimeoutMs: 60_000,
    wrappingMechanism: 'CKM_AES_KEY_WRAP_PAD',
    importBy: 'create-object',
    ...settings,
  };
}
