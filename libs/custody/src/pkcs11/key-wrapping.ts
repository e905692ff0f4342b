import { CodedError, zero } from '@cinnabar/core';
import type { KeyType, WrappingMechanism } from '../protected-key.ts';
import { asBuffer, type Cryptoki } from './cryptoki.ts';
import { generatedKeyTemplate, WRAPPING_MECHANISM_TYPES } from './key-templates.ts';
import type { RootKeyRing } from './root-key-ring.ts';
import type { TokenCalls, WrappedAnswer } from './token-calls.ts';

/** An RSA-4096 PrivateKeyInfo is 2.4 kB; wrapped it grows by 8 to 16 octets. */
const MAXIMUM_WRAPPED_LENGTH = 8_192;

/** Wraps private keys under the newest KEK, and moves them there from older ones. */
export class KeyWrapping {
  readonly #cryptoki: Cryptoki;
  readonly #session: Buffer;
  readonly #rootKeys: RootKeyRing;
  readonly #mechanism: WrappingMechanism;

  constructor(cryptoki: Cryptoki, session: Buffer, rootKeys: RootKeyRing, mechanism: WrappingMechanism) {
    this.#cryptoki = cryptoki;
    this.#session = session;
    this.#rootKeys = rootKeys;
    this.#mechanism = mechanism;
  }

  /** Wraps under the newest KEK and destroys the key in any case. */
  wrapAndDestroy(privateKey: Buffer): WrappedAnswer {
    try {
      return this.#wrapUnderNewest(privateKey);
    } finally {
      this.#cryptoki.C_DestroyObject(this.#session, privateKey);
    }
  }

  /**
   * From its KEK to the newest one, proved: the moved key is unwrapped again, and both copies must wrap to the same
   * octets under the old KEK (RFC 5649 knows no randomness). Zeroes the wrapped key that it is given.
   */
  rewrap({ wrappedKey, kekVersion, wrappingMechanism, keyType }: TokenCalls['rewrap']['request']): WrappedAnswer {
    try {
      return this.#withUnwrapped(wrappedKey, kekVersion, wrappingMechanism, keyType, (original) => {
        const moved = this.#wrapUnderNewest(original);
        this.#withUnwrapped(moved.wrappedKey, moved.kekVersion, this.#mechanism, keyType, (copy) => {
          const [first, second] = [original, copy].map((key) => this.#wrap(key, kekVersion));
          const same = first !== undefined && second !== undefined && Buffer.compare(first, second) === 0;
          zero(first, second);
          if (!same) throw new CodedError('internal', 'the HSM does not give a moved key back as it was');
        });
        return moved;
      });
    } finally {
      zero(wrappedKey);
    }
  }

  #wrapUnderNewest(key: Buffer): WrappedAnswer {
    const kekVersion = this.#rootKeys.newestKek;
    return { wrappedKey: this.#wrap(key, kekVersion), kekVersion };
  }

  #wrap(key: Buffer, kekVersion: number): Uint8Array<ArrayBuffer> {
    const mechanism = { mechanism: WRAPPING_MECHANISM_TYPES[this.#mechanism] };
    const room = Buffer.alloc(MAXIMUM_WRAPPED_LENGTH);
    try {
      return this.#rootKeys.withKek(kekVersion, (kek) =>
        Uint8Array.from(this.#cryptoki.C_WrapKey(this.#session, mechanism, kek, key, room)),
      );
    } finally {
      zero(room);
    }
  }

  /** A session object for as long as `use` runs: extractable, to be wrapped anew, but never readable. */
  #withUnwrapped<T>(
    wrappedKey: Uint8Array,
    kekVersion: number,
    wrappingMechanism: WrappingMechanism,
    keyType: KeyType,
    use: (key: Buffer) => T,
  ): T {
    const mechanism = { mechanism: WRAPPING_MECHANISM_TYPES[wrappingMechanism] };
    const template = generatedKeyTemplate(keyType);
    const key = this.#rootKeys.withKek(kekVersion, (kek) =>
      this.#cryptoki.C_UnwrapKey(this.#session, mechanism, kek, asBuffer(wrappedKey), template),
    );
    try {
      return use(key);
    } finally {
      this.#cryptoki.C_DestroyObject(this.#session, key);
    }
  }
}
