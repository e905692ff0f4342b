import { createHash } from 'node:crypto';
import { zero, type Random } from '@cinnabar/core';
import type { KeySlot, SlotDescription } from '../protected-key.ts';
import { open, seal } from '../sealing/aes-gcm.ts';
import { encodeFields } from '../sealing/canonical-encoding.ts';
import type { Token } from '../token.ts';
import { zeroUnlessMoved } from '../zero-unless-moved.ts';
import type { OneTimeCode } from './one-time-code.ts';

const SALT_LENGTH = 16;
/** Set these uses of the HMAC key apart from each other and from that of PIN slots. */
const SLOT_DOMAIN = 'cinnabar/code-slot/1';
const CODE_DOMAIN = 'cinnabar/one-time-code/1';
const NO_SECRET = new Uint8Array();

type Binding = Uint8Array;

/**
 * Seals data keys for one-time codes. A code must be made without the owner, so the `code` slot has no secret of his:
 * the HSM alone opens it, for the one destination that the owner confirmed with his PIN.
 */
export class CodeSealer {
  readonly #token: Token;
  readonly #random: Random;

  constructor(token: Token, random: Random) {
    this.#token = token;
    this.#random = random;
  }

  async sealSlot(description: SlotDescription, destination: string, dataKey: Uint8Array): Promise<KeySlot> {
    const kdf = { algorithm: 'hmac-sha256', hmacKeyVersion: this.#token.hmacKeyVersion } as const;
    const slot = { ...description, kdf, salt: this.#random.bytes(SALT_LENGTH) };
    const binding = slotBinding(slot, destination);
    return { ...slot, sealedDataKey: await this.#seal(binding, NO_SECRET, kdf.hmacKeyVersion, dataKey) };
  }

  /** The data key, for the caller to zero; `undefined` when the destination or anything that the slot says is not right. */
  openSlot(slot: KeySlot, destination: string): Promise<Uint8Array | undefined> {
    return this.#open(slotBinding(slot, destination), NO_SECRET, slot.kdf.hmacKeyVersion, slot.sealedDataKey);
  }

  async sealCode(
    description: Omit<OneTimeCode, 'hmacKeyVersion' | 'salt' | 'sealedDataKey'>,
    code: Uint8Array,
    dataKey: Uint8Array,
  ): Promise<OneTimeCode> {
    const { hmacKeyVersion } = this.#token;
    const unsealed = { ...description, hmacKeyVersion, salt: this.#random.bytes(SALT_LENGTH) };
    return { ...unsealed, sealedDataKey: await this.#seal(codeBinding(unsealed), code, hmacKeyVersion, dataKey) };
  }

  /** The data key, for the caller to zero; `undefined` when the code or anything that the record says is not right. */
  openCode(record: OneTimeCode, code: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#open(codeBinding(record), code, record.hmacKeyVersion, record.sealedDataKey);
  }

  async #seal(binding: Binding, secret: Uint8Array, hmacKeyVersion: number, dataKey: Uint8Array): Promise<Uint8Array> {
    const sealingKey = await this.#sealingKey(binding, secret, hmacKeyVersion);
    try {
      return seal(sealingKey, dataKey, binding, this.#random);
    } finally {
      zero(sealingKey);
    }
  }

  async #open(
    binding: Binding,
    secret: Uint8Array,
    hmacKeyVersion: number,
    sealed: Uint8Array,
  ): Promise<Uint8Array | undefined> {
    const sealingKey = await this.#sealingKey(binding, secret, hmacKeyVersion);
    try {
      return open(sealingKey, sealed, binding);
    } finally {
      zero(sealingKey);
    }
  }

  /** HMAC-SHA256 inside the HSM over the hash of the binding (which begins with its domain) and the secret. */
  async #sealingKey(binding: Binding, secret: Uint8Array, hmacKeyVersion: number): Promise<Uint8Array> {
    const domain = Buffer.from('cinnabar/code-key/1', 'utf8');
    const bindingHash = createHash('sha256').update(binding).digest();
    const input = new Uint8Array(domain.length + bindingHash.length + secret.length);
    input.set(domain);
    input.set(bindingHash, domain.length);
    input.set(secret, domain.length + bindingHash.length);
    try {
      return await this.#token.hmac(input, hmacKeyVersion);
    } finally {
      zeroUnlessMoved(input);
    }
  }
}

function slotBinding(slot: Omit<KeySlot, 'sealedDataKey'>, destination: string): Binding {
  return encodeFields(SLOT_DOMAIN, [
    slot.certid,
    slot.keyVersion,
    slot.slotId,
    slot.slotVersion,
    slot.kind,
    slot.holder,
    slot.delegation,
    slot.validFromAt,
    slot.validToAt,
    slot.operations,
    slot.kdf.algorithm,
    slot.kdf.hmacKeyVersion,
    slot.salt,
    destination,
  ]);
}

function codeBinding(code: Omit<OneTimeCode, 'sealedDataKey'>): Binding {
  return encodeFields(CODE_DOMAIN, [
    code.codeId,
    code.certid,
    code.keyVersion,
    code.slotId,
    code.slotVersion,
    code.caller,
    code.count,
    code.digests,
    code.expiresAt,
    code.hmacKeyVersion,
    code.salt,
  ]);
}
