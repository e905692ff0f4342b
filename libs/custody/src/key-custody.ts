import type { CodeRequest, CodeSlotRequest } from './codes/one-time-code.ts';
import type { IssuedCode } from './codes/one-time-codes.ts';
import type { KeySpecification } from './key-specification.ts';
import type { KeySlot, ProtectedKey, SlotKind, SlotTicket } from './protected-key.ts';
import type { SignatureRequest } from './signature-request.ts';

/** A PIN or another slot secret: 1 to 1,024 bytes. Text is taken as UTF-8 in Unicode form NFC; bytes as they are. */
export type Secret = string | Uint8Array;

/**
 * What opens a new key: a PIN that its owner chose, or an activation code that is mailed to him. The code opens nothing
 * but the way to his first PIN ({@link KeyCustody.addSlot}), and not for ever.
 */
export type FirstSlot = { readonly kind: 'pin' } | { readonly kind: 'activation'; readonly validToAt: Date };

export interface ProtectRequest {
  readonly certid: string;
  /** User id of the owner. */
  readonly holder: string;
  /** PrivateKeyInfo (RFC 5208). Stays the caller's to zero. */
  readonly privateKeyPkcs8Der: Uint8Array;
  /** SubjectPublicKeyInfo of the certificate that the key must belong to. */
  readonly publicKeySpkiDer: Uint8Array;
  /** The PIN, or the activation code where `firstSlot` says so. */
  readonly pin: Secret;
  /** Default: a PIN. */
  readonly firstSlot?: FirstSlot;
}

export interface GenerateRequest {
  readonly certid: string;
  /** User id of the owner. */
  readonly holder: string;
  readonly specification: KeySpecification;
  /** The PIN, or the activation code where `firstSlot` says so. */
  readonly pin: Secret;
  /** Default: a PIN. */
  readonly firstSlot?: FirstSlot;
}

export interface NewSlotRequest {
  /** A `code` slot is made by {@link KeyCustody.addCodeSlot}. */
  readonly kind: Exclude<SlotKind, 'code'>;
  readonly holder: string;
  readonly secret: Secret;
  readonly delegation?: string;
  readonly validFromAt?: Date;
  readonly validToAt?: Date;
  readonly operations?: readonly string[];
}

export interface CustodyHealth {
  /** `ready`, or `lost` while custody tries to reach the HSM again by itself. */
  readonly hsm: 'ready' | 'lost';
  readonly unlockedKeys: number;
  /** Callers that wait for a PIN to be evaluated. */
  readonly waitingTries: number;
}

/**
 * Private keys in an HSM's custody. Without a slot's secret no key can be used, and no method returns one.
 *
 * Errors of all methods: `hsm-not-available` (comes back by itself), `too-many-requests`, and `internal` with nothing
 * to show. Where a secret is asked for also `wrong-pin` (publicDetail says how many tries are left), `pin-locked`,
 * `not-found` (no such slot), `not-authorised` (outside the slot's dates), and `refused-in-state` (the slot was changed
 * meanwhile).
 */
export interface KeyCustody {
  /**
   * Takes a key into custody and proves it: the stored form is opened once and its signature verified.
   * The caller stores both records; nothing is kept here.
   * @throws CodedError `invalid-parameter` (unreadable key, or not the certificate's), `not-supported` (algorithm, size)
   */
  protect(request: ProtectRequest): Promise<{ readonly key: ProtectedKey; readonly slot: KeySlot }>;

  /**
   * A key born in the HSM, which never shows it in clear; proved like an imported one. RSA-4096 takes seconds.
   * The caller stores both records; the public key (SubjectPublicKeyInfo) goes into a certificate request.
   * @throws CodedError `too-many-requests` when too many keys are being made
   */
  generate(
    request: GenerateRequest,
  ): Promise<{ readonly key: ProtectedKey; readonly slot: KeySlot; readonly publicKeySpkiDer: Uint8Array }>;

  /**
   * Resolves when the secret opens the slot; the key is then unlocked for a while.
   * @throws CodedError `refused-in-state` for an activation slot, here and in {@link sign}: its code unlocks no key
   */
  opens(ticket: SlotTicket, secret: Secret): Promise<void>;

  /**
   * Signs a digest. Returns the signature value: PKCS#1 octets as long as the modulus, or Ecdsa-Sig-Value DER (RFC 3279).
   * @throws CodedError `invalid-parameter` (digest length, scheme and key do not fit), `not-supported`
   */
  sign(ticket: SlotTicket, secret: Secret, request: SignatureRequest): Promise<Uint8Array>;

  /**
   * Signs if the key is unlocked already, by this very secret; undefined otherwise, and no try is spent. A wrong secret
   * makes the next one go through the ledger, right or wrong: whoever got undefined asks {@link sign}, which counts.
   * @throws CodedError as {@link sign}
   */
  signUnlocked(ticket: SlotTicket, secret: Secret, request: SignatureRequest): Promise<Uint8Array | undefined>;

  /** The slot wrapped anew for another secret, one version up. The caller stores it, then evicts. Always a cold try. */
  changePin(ticket: SlotTicket, secret: Secret, newSecret: Secret): Promise<KeySlot>;

  /**
   * A further slot for the same key (a delegate), made with the owner's PIN; or his first PIN, made with the activation
   * code, whose slot the caller then removes. Always a cold try.
   * @throws CodedError `not-authorised` for a delegate's slot, here and wherever slots are made
   */
  addSlot(ticket: SlotTicket, secret: Secret, slot: NewSlotRequest): Promise<KeySlot>;

  /**
   * The key sealed anew under a new data key, with this one slot for the same secret: all its other slots and one-time
   * codes are dead, also for those who kept a copy of them. This is how a delegate is revoked for good; removing his
   * slot and evicting is enough against one who cannot bring the row back. The caller replaces the stored key, provided
   * that it still has the former keyVersion, stores the slot, removes the others, all in one step, and evicts.
   * Always a cold try.
   */
  reseal(ticket: SlotTicket, secret: Secret): Promise<{ readonly key: ProtectedKey; readonly slot: KeySlot }>;

  /**
   * A `code` slot for one destination, made with an existing slot's secret. After a change of the address, the owner
   * makes another with his PIN: until then no code is made. Always a cold try.
   */
  addCodeSlot(ticket: SlotTicket, secret: Secret, slot: CodeSlotRequest): Promise<KeySlot>;

  /**
   * Makes a one-time code from a `code` slot; the caller sends it to the destination and forgets it. A former code of
   * the same caller is withdrawn.
   * @throws CodedError `refused-in-state` (the destination is not the one confirmed with the PIN), `not-found` (not a
   * code slot), `invalid-parameter` (count, digests, caller, destination)
   */
  requestCode(ticket: SlotTicket, request: CodeRequest): Promise<IssuedCode>;

  /**
   * Signs with a one-time code, which loses one use whatever becomes of the signature. The key is never kept open.
   * `approved` is what a code that was asked for with digests must name: the digest that is signed, or that of the
   * document which it is the signature of, where the signer knows no other.
   * @throws CodedError `wrong-pin` (tries left), `pin-locked`, `refused-in-state` (no code is waiting for this caller:
   * expired, used up, out of tries), `not-authorised` (a digest that the code is not for), and those of {@link sign}
   */
  signWithCode(
    ticket: SlotTicket,
    code: Secret,
    caller: string,
    request: SignatureRequest,
    approved?: Uint8Array,
  ): Promise<Uint8Array>;

  /** Forgets a certificate's unlocked keys, also one that is being unlocked; resolves when signatures in flight are done. */
  evict(certid: string): Promise<void>;

  /** Forgets all unlocked keys; resolves when signatures in flight are done. */
  clear(): Promise<void>;

  /** Learns of KEKs made since the start: from now on they wrap new keys, and old keys move to them as they are unlocked. */
  refreshRootKeys(): Promise<void>;

  health(): CustodyHealth;

  /** Waits for what is in flight, then gives back sessions and threads. Later calls fail with `hsm-not-available`. */
  close(): Promise<void>;
}
