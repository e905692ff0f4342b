import type { PrivateKeyParts } from '../pkcs8.ts';
import type { KeyType, WrappingMechanism } from '../protected-key.ts';
import type { Handle } from './cryptoki.ts';
import type { ImportWay } from './import-settings.ts';
import type { RootKey } from './root-key-checks.ts';
import type { RootKeyKind } from './root-keys.ts';
import type { UnwrapVerdict } from './unwrap-trial.ts';

/** What the token thread is asked to do, and what it answers: everything on the HSM but the signatures themselves. */
export interface TokenCalls {
  /** Initialises, logs in, finds the root keys, proves the wrapping mechanism and opens `sessions` signing sessions. */
  open: {
    readonly request: OpenTokenRequest;
    readonly response: {
      readonly signingSessions: readonly Handle[];
      /** For the generation thread: keys are made in it, and gone from it once they are wrapped. */
      readonly generationSession: Handle;
      readonly currentKekVersion: number;
      readonly hmacKeyVersion: number;
      readonly vaultSessions: number;
    };
  };
  /** Creates the root keys that a new token lacks. Answers the labels. */
  createMissingRootKeys: { readonly request: TokenAddress; readonly response: readonly string[] };
  /** Creates one more root key, with a number above `above`. Answers its label. */
  createNextRootKey: {
    readonly request: TokenAddress & { readonly kind: RootKeyKind; readonly above: number };
    readonly response: string;
  };
  listRootKeys: {
    readonly request: TokenAddress & { readonly wrappingMechanism: WrappingMechanism };
    readonly response: readonly RootKey[];
  };
  /** Destroys a root key for good, unless it is the newest of its kind. */
  destroyRootKey: {
    readonly request: TokenAddress & { readonly kind: RootKeyKind; readonly version: number };
    readonly response: undefined;
  };
  /** Could whoever has the token's PIN and an unsealed blob read the key? Tried with a throw-away key. */
  tryReadableUnwrap: {
    readonly request: TokenAddress & { readonly wrappingMechanism: WrappingMechanism };
    readonly response: UnwrapVerdict;
  };
  hasAuditKey: { readonly request: TokenAddress; readonly response: boolean };
  /** SubjectPublicKeyInfo of the audit key, which is made where there is none. */
  provideAuditKey: {
    readonly request: TokenAddress;
    readonly response: { readonly publicKeySpkiDer: Uint8Array; readonly made: boolean };
  };
  /** As `signAudit`, in sessions for this one call. */
  signAuditAt: {
    readonly request: TokenAddress & { readonly message: Uint8Array };
    readonly response: Uint8Array<ArrayBuffer>;
  };
  /** Looks for root keys made or destroyed since `open`. */
  refreshRootKeys: {
    readonly request: object;
    readonly response: { readonly currentKekVersion: number; readonly hmacKeyVersion: number };
  };
  hmac: {
    readonly request: { readonly input: Uint8Array<ArrayBuffer>; readonly hmacKeyVersion: number };
    readonly response: Uint8Array<ArrayBuffer>;
  };
  wrap: { readonly request: { readonly parts: PrivateKeyParts }; readonly response: WrappedAnswer };
  /** Wraps a key that the generation thread made, and destroys it in any case. */
  wrapGenerated: { readonly request: { readonly privateKey: Handle }; readonly response: WrappedAnswer };
  /** Unwraps and wraps again, under the newest KEK. */
  rewrap: { readonly request: WrappedRequest; readonly response: WrappedAnswer };
  /** `vaultSessions` counts the vault sessions so far: a new number means that all earlier unlocked keys are gone. */
  unwrap: {
    readonly request: WrappedRequest;
    readonly response: { readonly handle: Handle; readonly vaultSessions: number };
  };
  importPublicKey: {
    readonly request: { readonly keyType: Exclude<KeyType, 'RSA'>; readonly point: Uint8Array };
    readonly response: { readonly handle: Handle; readonly vaultSessions: number };
  };
  destroy: { readonly request: { readonly handles: readonly Handle[] }; readonly response: undefined };
  /** Closes the vault session, and with it every unlocked key, and opens another. */
  replaceVaultSession: { readonly request: object; readonly response: { readonly vaultSessions: number } };
  /** Closes a signing session and opens another in its place. */
  renewSession: { readonly request: { readonly session: Handle }; readonly response: Handle };
  /** ECDSA-Sig-Value of the audit key over the message's SHA-256. */
  signAudit: { readonly request: { readonly message: Uint8Array }; readonly response: Uint8Array<ArrayBuffer> };
  /** Fails when the HSM does not answer as it should. */
  probe: { readonly request: object; readonly response: undefined };
  /** Closes all sessions; `finalize` also ends Cryptoki in this process. */
  close: { readonly request: { readonly finalize: boolean }; readonly response: undefined };
}

export interface WrappedRequest {
  readonly wrappedKey: Uint8Array<ArrayBuffer>;
  readonly kekVersion: number;
  readonly wrappingMechanism: WrappingMechanism;
  readonly keyType: KeyType;
}

export interface WrappedAnswer {
  readonly wrappedKey: Uint8Array<ArrayBuffer>;
  readonly kekVersion: number;
}

export type TokenCallName = keyof TokenCalls;

export interface TokenAddress {
  readonly modulePath: string;
  readonly tokenLabel: string;
  readonly pin: string;
}

export interface OpenTokenRequest extends TokenAddress {
  readonly sessions: number;
  readonly wrappingMechanism: WrappingMechanism;
  readonly importBy: ImportWay;
  /** C_Finalize first: only when nobody else in the process uses the library and nothing is in flight. */
  readonly reinitialise: boolean;
}
