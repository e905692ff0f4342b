import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { zero, type Random } from '@cinnabar/core';
import { encodeFields } from '../sealing/canonical-encoding.ts';

/** Compares secrets without keeping them: HMAC-SHA256 under a key that lives and dies with the process. */
export class SecretTags {
  /** A KeyObject, because node:crypto makes one of a bare buffer at every call: 4 µs instead of 21. */
  readonly #key: KeyObject;

  constructor(random: Random) {
    const key = random.bytes(32);
    this.#key = createSecretKey(key);
    zero(key);
  }

  /** 32 bytes; equal for equal secrets of one slot, unrelated for two slots. */
  tag(slotId: string, secret: Uint8Array): Uint8Array {
    const place = encodeFields('cinnabar/secret-tag/1', [slotId]);
    // One piece, for each call into OpenSSL costs more than the hashing.
    const message = Buffer.concat([place, secret]);
    const tag = createHmac('sha256', this.#key).update(message).digest();
    zero(message);
    return tag;
  }
}
