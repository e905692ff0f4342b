import { CodedError, zero, type Random } from '@cinnabar/core';
import type { Argon2Place, Argon2Threads } from '../argon2/argon2-threads.ts';
import type { Argon2Cost, KeySlot, SecretSlotKdf, SlotDescription } from '../protected-key.ts';
import type { Token } from '../token.ts';
import { zeroUnlessMoved } from '../zero-unless-moved.ts';
import { open, seal } from './aes-gcm.ts';
import { slotBinding } from './bindings.ts';

const SALT_LENGTH = 16;
/** Sets this use of the HMAC key apart from any other that may come. */
const SLOT_KEY_DOMAIN = Buffer.from('cinnabar/slot-key/1', 'utf8');

/** Costs beyond these were not written by us: a row of the database must not decide how much memory a try takes. */
const MAXIMUM_COST: Argon2Cost = { memoryKib: 262_144, passes: 16, parallelism: 8 };

export type SecretSlot = KeySlot & { readonly kdf: SecretSlotKdf };

/** Seals a data key into slots and opens slots: slot key = HMAC inside the HSM over Argon2id(secret, salt). */
export class SlotSealer {
  readonly #token: Token;
  readonly #argon2: Argon2Threads;
  readonly #random: Random;
  readonly #cost: Argon2Cost;

  constructor(token: Token, argon2: Argon2Threads, random: Random, cost: Argon2Cost) {
    this.#token = token;
    this.#argon2 = argon2;
    this.#random = random;
    this.#cost = cost;
  }

  /** A new slot for a secret. @throws CodedError `too-many-requests` | `hsm-not-available` */
  async seal(description: SlotDescription, secret: Uint8Array, dataKey: Uint8Array): Promise<KeySlot> {
    const kdf: SecretSlotKdf = {
      algorithm: 'argon2id-hmac-sha256',
      ...this.#cost,
      hmacKeyVersion: this.#token.hmacKeyVersion,
    };
    const salt = this.#random.bytes(SALT_LENGTH);
    const place = this.#argon2.enter();
    let slotKey: Uint8Array | undefined;
    try {
      slotKey = await this.#slotKey(place, secret, salt, kdf);
      const sealedDataKey = seal(slotKey, dataKey, slotBinding({ ...description, kdf }), this.#random);
      return { ...description, kdf, salt, sealedDataKey };
    } finally {
      zero(slotKey);
      place.leave();
    }
  }

  /** The data key, for the caller to zero; `undefined` when the secret or anything that the slot says is not right. */
  async open(place: Argon2Place, slot: SecretSlot, secret: Uint8Array): Promise<Uint8Array | undefined> {
    const slotKey = await this.#slotKey(place, secret, slot.salt, slot.kdf);
    try {
      return open(slotKey, slot.sealedDataKey, slotBinding(slot));
    } finally {
      zero(slotKey);
    }
  }

  /** A slot that a secret opens. @throws CodedError `internal` for parameters that we never write, and for `code` slots */
  checked(slot: KeySlot): SecretSlot {
    const { salt, kdf } = slot;
    const plausible =
      kdf.algorithm === 'argon2id-hmac-sha256' &&
      slot.kind !== 'code' &&
      salt.length === SALT_LENGTH &&
      within(kdf.memoryKib, MAXIMUM_COST.memoryKib) &&
      within(kdf.passes, MAXIMUM_COST.passes) &&
      within(kdf.parallelism, MAXIMUM_COST.parallelism);
    if (!plausible) throw new CodedError('internal', 'the key cannot be opened', { context: { reason: 'slot KDF' } });
    return { ...slot, kdf };
  }

  async #slotKey(place: Argon2Place, secret: Uint8Array, salt: Uint8Array, kdf: SecretSlotKdf): Promise<Uint8Array> {
    const hash = await place.hash(secret, salt, kdf);
    const input = new Uint8Array(SLOT_KEY_DOMAIN.length + hash.length);
    input.set(SLOT_KEY_DOMAIN);
    input.set(hash, SLOT_KEY_DOMAIN.length);
    zero(hash);
    try {
      return await this.#token.hmac(input, kdf.hmacKeyVersion);
    } finally {
      zeroUnlessMoved(input);
    }
  }
}

function within(value: number, maximum: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= maximum;
}
