/** Key types that custody holds. RSA keys have 2048 to 4096 bits; the curves are those of FIPS 186-5, by their NIST names. */
export const KEY_TYPES = ['RSA', 'EC-P256', 'EC-P384', 'EC-P521'] as const;
export type KeyType = (typeof KEY_TYPES)[number];

/**
 * Who a slot is for: the owner, a delegate, whoever holds the mailed activation code until the first PIN is chosen, or
 * one-time codes sent to the owner (`code`: opened by no PIN and never kept open).
 */
export const SLOT_KINDS = ['pin', 'delegate', 'activation', 'code'] as const;
export type SlotKind = (typeof SLOT_KINDS)[number];

/** PKCS#11 mechanisms that wrap a private key with AES and padding: RFC 5649, by its two PKCS#11 names. */
export const WRAPPING_MECHANISMS = ['CKM_AES_KEY_WRAP_PAD', 'CKM_AES_KEY_WRAP_KWP'] as const;
export type WrappingMechanism = (typeof WRAPPING_MECHANISMS)[number];

/**
 * A private key as the database keeps it: wrapped inside the HSM under a key-encryption key (KEK), then sealed with
 * AES-256-GCM under a random data key that only the key's slots hold. Useless without the HSM, and without a PIN.
 */
export interface ProtectedKey {
  readonly certid: string;
  /** Counts the sealings of this key from 1; part of the authenticated data. */
  readonly keyVersion: number;
  /** Number of the KEK, as in its label `cinnabar-kek-<n>`. */
  readonly kekVersion: number;
  readonly wrappingMechanism: WrappingMechanism;
  readonly keyType: KeyType;
  readonly sealedKey: Uint8Array;
}

/** Cost of Argon2id (RFC 9106). The hash is always 32 bytes. */
export interface Argon2Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** How a slot's secret becomes its key: HMAC-SHA256 by a key inside the HSM over Argon2id(secret, salt). */
export interface SecretSlotKdf extends Argon2Cost {
  readonly algorithm: 'argon2id-hmac-sha256';
  /** Number of the HMAC key, as in its label `cinnabar-slot-hmac-<n>`. */
  readonly hmacKeyVersion: number;
}

/** How a `code` slot's key is made: HMAC-SHA256 by a key inside the HSM over what the slot says and where codes go. */
export interface CodeSlotKdf {
  readonly algorithm: 'hmac-sha256';
  readonly hmacKeyVersion: number;
}

export type SlotKdf = SecretSlotKdf | CodeSlotKdf;

/** What a slot says of itself. Every member is authenticated: a changed one and the slot does not open. */
export interface SlotDescription {
  readonly certid: string;
  /** The key's version that the slot's data key opens. */
  readonly keyVersion: number;
  readonly slotId: string;
  /** Grows by one whenever the slot is wrapped anew (PIN change). */
  readonly slotVersion: number;
  readonly kind: SlotKind;
  /** The user whose secret opens the slot. */
  readonly holder: string;
  /** The delegation behind a `delegate` slot. */
  readonly delegation?: string;
  readonly validFromAt?: Date;
  readonly validToAt?: Date;
  /** Operations that the slot is limited to, by contract name; empty means no limit. Enforced by whoever dispatches operations. */
  readonly operations: readonly string[];
}

/** A key slot as the database keeps it: the data key, sealed for one holder's secret. No secret is stored, not even as a hash. */
export interface KeySlot extends SlotDescription {
  readonly kdf: SlotKdf;
  /** 16 random bytes, new at each wrap. */
  readonly salt: Uint8Array;
  readonly sealedDataKey: Uint8Array;
}

/** What the caller already knows of a slot from its own certificate query; enough for a signature that needs no custody query. */
export interface SlotTicket {
  readonly certid: string;
  readonly slotId: string;
  readonly slotVersion: number;
  readonly keyVersion: number;
  /** Are the tries used up? Locked means locked for the right PIN too, also when the key is unlocked. */
  readonly locked: boolean;
}
