import pkcs11js from 'pkcs11js';
import { CodedError } from '@cinnabar/core';
import { ckrOf, type Cryptoki } from './cryptoki.ts';
import { findRootKeys, keysOf, newest, rootKeyLabel, type RootKeyKind, type RootKeys } from './root-keys.ts';

const GONE: ReadonlySet<number> = new Set([
  pkcs11js.CKR_KEY_HANDLE_INVALID,
  pkcs11js.CKR_OBJECT_HANDLE_INVALID,
  pkcs11js.CKR_UNWRAPPING_KEY_HANDLE_INVALID,
  pkcs11js.CKR_WRAPPING_KEY_HANDLE_INVALID,
]);

/** The root keys as this node knows them. Other nodes make and destroy KEKs, so what is missed is looked for once more. */
export class RootKeyRing {
  readonly #cryptoki: Cryptoki;
  readonly #session: Buffer;
  #keys: RootKeys;

  /** @throws CodedError `internal` when the token has no root keys, or unfit ones */
  constructor(cryptoki: Cryptoki, session: Buffer) {
    this.#cryptoki = cryptoki;
    this.#session = session;
    this.#keys = findRootKeys(cryptoki, session);
    if (this.#keys.keks.size === 0 || this.#keys.hmacKeys.size === 0) {
      throw new CodedError('internal', 'the token has not been initialised for custody: it lacks the root keys');
    }
  }

  get newestKek(): number {
    return newest(this.#keys.keks);
  }

  get newestHmacKey(): number {
    return newest(this.#keys.hmacKeys);
  }

  refresh(): void {
    this.#keys = findRootKeys(this.#cryptoki, this.#session);
  }

  /** Runs `use` with a KEK; once more with a fresh handle when the KEK is unknown or its handle is dead. */
  withKek<T>(version: number, use: (kek: Buffer) => T): T {
    return this.#withKey('kek', version, use);
  }

  /** The same with an HMAC key. */
  withHmacKey<T>(version: number, use: (hmacKey: Buffer) => T): T {
    return this.#withKey('hmac', version, use);
  }

  #withKey<T>(kind: RootKeyKind, version: number, use: (key: Buffer) => T): T {
    const known = keysOf(this.#keys, kind).get(version);
    if (known !== undefined) {
      try {
        return use(known);
      } catch (error) {
        if (!GONE.has(ckrOf(error) ?? -1)) throw error;
      }
    }
    this.refresh();
    const found = keysOf(this.#keys, kind).get(version);
    if (found === undefined) throw new CodedError('internal', `the token has no key ${rootKeyLabel(kind, version)}`);
    return use(found);
  }
}
