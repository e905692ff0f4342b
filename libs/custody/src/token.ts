import type { KeySpecification } from './key-specification.ts';
import type { PrivateKeyParts } from './pkcs8.ts';
import type { KeyType, WrappingMechanism } from './protected-key.ts';
import type { SignatureScheme, SignedDigest } from './signature-request.ts';

/**
 * The HSM, as the slot and vault logic sees it: two adapters, `pkcs11/` and `memory/`.
 * Errors: CodedError `hsm-not-available` | `too-many-requests` | `internal`, and {@link StaleTokenKey}.
 */
export interface Token {
  /** Number of the KEK that wraps new keys, as far as this node knows. */
  readonly currentKekVersion: number;
  readonly hmacKeyVersion: number;
  readonly wrappingMechanism: WrappingMechanism;

  /** HMAC-SHA256 by the token's key; 32 bytes. The input is consumed: its buffer may be moved and comes back empty. */
  hmac(input: Uint8Array<ArrayBuffer>, hmacKeyVersion: number): Promise<Uint8Array>;

  /** Imports a private key and returns it wrapped under the current KEK; no trace of it stays on the token. */
  wrap(parts: PrivateKeyParts): Promise<NewlyWrappedKey>;

  /**
   * A key pair made by the token, wrapped at once; no trace of it stays there, and it was never readable outside.
   * RSA-4096 takes seconds: it never delays a signature, and waits in a line of its own.
   */
  generate(specification: KeySpecification): Promise<GeneratedKey>;

  /** A non-extractable session object. The wrapped key is consumed: its buffer may be moved and comes back empty. */
  unwrap(wrapped: WrappedKey): Promise<TokenKey>;

  /** The same key under the newest KEK, proved to be the same. The wrapped key is consumed like that of {@link unwrap}. */
  rewrap(wrapped: WrappedKey): Promise<NewlyWrappedKey>;

  /** Looks for root keys that were made or destroyed meanwhile. */
  refreshRootKeys(): Promise<void>;

  /** Signs; ECDSA answers r and s at full length, one after the other (PKCS#11 CKM_ECDSA). */
  sign(key: TokenKey, operation: TokenSignature): Promise<Uint8Array>;

  /**
   * Verifies ECDSA over a digest with a public key that did not come from the token: node:crypto verifies only what
   * it hashes itself. `point` is uncompressed (SEC 1 2.3.3); it is remembered with the key.
   */
  verifyEcdsa(key: TokenKey, point: Uint8Array, digest: Uint8Array, signature: Uint8Array): Promise<boolean>;

  destroy(key: TokenKey): Promise<void>;

  /** Called when all unlocked keys are gone at once (vault session lost, HSM lost). Set once. */
  onKeysLost(listener: () => void): void;

  available(): boolean;
  close(): Promise<void>;
}

export interface WrappedKey {
  readonly wrappedKey: Uint8Array<ArrayBuffer>;
  readonly kekVersion: number;
  readonly wrappingMechanism: WrappingMechanism;
  readonly keyType: KeyType;
}

/** A key as the token has just wrapped it; the caller seals it and zeroes it. */
export interface NewlyWrappedKey {
  readonly wrappedKey: Uint8Array;
  readonly kekVersion: number;
}

export interface GeneratedKey extends NewlyWrappedKey {
  readonly publicKeySpkiDer: Uint8Array;
}

/** An unlocked key. Opaque: only the adapter that made it can use it. */
export interface TokenKey {
  readonly keyType: KeyType;
}

export interface TokenSignature {
  readonly scheme: SignatureScheme;
  readonly digestAlgorithm: SignedDigest;
  readonly digest: Uint8Array;
}

/** The unlocked key's handle died with its session. Unlock it again. */
export class StaleTokenKey extends Error {
  constructor() {
    super('the unlocked key is gone');
    this.name = 'StaleTokenKey';
  }
}
