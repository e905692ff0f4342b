import { createHmac } from 'node:crypto';
import type { Random } from '@cinnabar/core';
import { encodeFields } from '../sealing/canonical-encoding.ts';

/** Compares secrets without keeping them: HMAC-SHA256 under a key that lives and dies with the process. */
export class SecretTags {
  readonly #key: Uint8Array;

  constructor(random: Random) {
    this.#key = random.bytes(32);
  }

  /** 32 bytes; equal for equal secrets of one slot, unrelated for two slots. */
  tag(slotId: string, secret: Uint8Array): Uint8Array {
    return createHmac('sha256', this.#key)
      .update(encodeFields('cinnabar/secret-tag/1', [slotId]))
      .update(secret)
      .digest();
  }
}
