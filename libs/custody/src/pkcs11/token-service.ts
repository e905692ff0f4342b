import { randomBytes } from 'node:crypto';
import pkcs11js from 'pkcs11js';
import { CodedError, zero } from '@cinnabar/core';
import { zeroParts } from '../pkcs8-parts.ts';
import type { PrivateKeyParts } from '../pkcs8.ts';
import type { KeyType, WrappingMechanism } from '../protected-key.ts';
import { asBuffer, asHandle, ckrOf, isSessionGone, type Handle } from './cryptoki.ts';
import {
  CURVE_OIDS,
  importTemplate,
  publicKeyTemplate,
  unlockTemplate,
  WRAPPING_MECHANISM_TYPES,
} from './key-templates.ts';
import { findRootKeys, newest, type RootKeys } from './root-keys.ts';
import type { OpenTokenRequest, TokenCalls, WrappedAnswer } from './token-calls.ts';
import { TokenSessions } from './token-sessions.ts';

/** An RSA-4096 PrivateKeyInfo is 2.4 kB; wrapped it grows by 8 to 16 octets. */
const MAXIMUM_WRAPPED_LENGTH = 8_192;

type VaultAnswer = TokenCalls['unwrap']['response'];

/** The HSM as the token thread works with it, one call after the other: synchronous, off the event loop. */
export class TokenService {
  readonly #sessions: TokenSessions;
  readonly #rootKeys: RootKeys;
  readonly #wrappingMechanism: WrappingMechanism;
  /** Unlocked keys live and die with this session. It never signs and is never recycled. */
  #vaultSession: Buffer;
  #vaultSessions: number;

  /** `vaultSessions` is the number of vault sessions before this service, so that the count never repeats. */
  constructor(request: OpenTokenRequest, vaultSessions: number) {
    this.#sessions = new TokenSessions(request, request.reinitialise);
    this.#wrappingMechanism = request.wrappingMechanism;
    this.#vaultSessions = vaultSessions + 1;
    try {
      this.#rootKeys = findRootKeys(this.#sessions.cryptoki, this.#sessions.service);
      if (this.#rootKeys.keks.size === 0 || this.#rootKeys.hmacKeys.size === 0) {
        throw new CodedError('internal', 'the token has not been initialised for custody: it lacks the root keys');
      }
      this.#vaultSession = this.#sessions.openSession();
      this.#proveWrapping();
    } catch (error) {
      this.#sessions.closeAll();
      throw error;
    }
  }

  get vaultSessions(): number {
    return this.#vaultSessions;
  }

  openSigningSessions(count: number): TokenCalls['open']['response'] {
    return {
      signingSessions: this.#sessions.openSigningSessions(count),
      generationSession: asHandle(this.#sessions.openSession()),
      currentKekVersion: newest(this.#rootKeys.keks),
      hmacKeyVersion: newest(this.#rootKeys.hmacKeys),
      vaultSessions: this.#vaultSessions,
    };
  }

  /** HMAC-SHA256; zeroes the input. */
  hmac({ input, hmacKeyVersion }: TokenCalls['hmac']['request']): Uint8Array<ArrayBuffer> {
    const { cryptoki, service } = this.#sessions;
    const key = required(this.#rootKeys.hmacKeys, hmacKeyVersion, 'HMAC key');
    const mac = Buffer.alloc(32);
    try {
      cryptoki.C_SignInit(service, { mechanism: pkcs11js.CKM_SHA256_HMAC }, key);
      return Uint8Array.from(cryptoki.C_Sign(service, asBuffer(input), mac));
    } finally {
      zero(input, mac);
    }
  }

  /** Imports, wraps under the newest KEK and destroys; zeroes the parts. */
  wrap(parts: PrivateKeyParts): WrappedAnswer {
    const { cryptoki, service } = this.#sessions;
    try {
      return this.wrapGenerated(cryptoki.C_CreateObject(service, importTemplate(parts)));
    } finally {
      zeroParts(parts);
    }
  }

  /** Wraps under the newest KEK and destroys. */
  wrapGenerated(privateKey: Uint8Array): WrappedAnswer {
    const { cryptoki, service } = this.#sessions;
    const key = asBuffer(privateKey);
    try {
      return { wrappedKey: this.#wrapKey(key), kekVersion: newest(this.#rootKeys.keks) };
    } finally {
      cryptoki.C_DestroyObject(service, key);
    }
  }

  /** Zeroes the wrapped key. */
  unwrap({ wrappedKey, kekVersion, wrappingMechanism, keyType }: TokenCalls['unwrap']['request']): VaultAnswer {
    try {
      const kek = required(this.#rootKeys.keks, kekVersion, 'key-encryption key');
      const mechanism = { mechanism: WRAPPING_MECHANISM_TYPES[wrappingMechanism] };
      return this.#inVault((vaultSession) =>
        this.#sessions.cryptoki.C_UnwrapKey(
          vaultSession,
          mechanism,
          kek,
          asBuffer(wrappedKey),
          unlockTemplate(keyType),
        ),
      );
    } finally {
      zero(wrappedKey);
    }
  }

  importPublicKey({ keyType, point }: TokenCalls['importPublicKey']['request']): VaultAnswer {
    return this.#inVault((vaultSession) =>
      this.#sessions.cryptoki.C_CreateObject(vaultSession, publicKeyTemplate(keyType, point)),
    );
  }

  destroy(handles: readonly Handle[]): undefined {
    for (const handle of handles) this.#sessions.cryptoki.C_DestroyObject(this.#vaultSession, asBuffer(handle));
  }

  replaceVaultSession(): { vaultSessions: number } {
    this.#sessions.closeSession(this.#vaultSession);
    this.#vaultSession = this.#sessions.openSession();
    this.#vaultSessions += 1;
    return { vaultSessions: this.#vaultSessions };
  }

  renewSession(session: Handle): Handle {
    this.#sessions.closeSession(asBuffer(session));
    return asHandle(this.#sessions.openSession());
  }

  probe(): undefined {
    this.#sessions.cryptoki.C_GetSessionInfo(this.#vaultSession);
    this.hmac({ input: new Uint8Array(32), hmacKeyVersion: newest(this.#rootKeys.hmacKeys) });
  }

  close(): void {
    this.#sessions.closeAll();
  }

  /** Creates an object in the vault session; a vault session that is gone is replaced once. */
  #inVault(create: (vaultSession: Buffer) => Buffer): VaultAnswer {
    let handle: Buffer;
    try {
      handle = create(this.#vaultSession);
    } catch (error) {
      if (!isSessionGone(error)) throw error;
      this.replaceVaultSession();
      handle = create(this.#vaultSession);
    }
    return { handle: asHandle(handle), vaultSessions: this.#vaultSessions };
  }

  #wrapKey(key: Buffer): Uint8Array<ArrayBuffer> {
    const { cryptoki, service } = this.#sessions;
    const kek = required(this.#rootKeys.keks, newest(this.#rootKeys.keks), 'key-encryption key');
    const mechanism = { mechanism: WRAPPING_MECHANISM_TYPES[this.#wrappingMechanism] };
    const room = Buffer.alloc(MAXIMUM_WRAPPED_LENGTH);
    try {
      return Uint8Array.from(cryptoki.C_WrapKey(service, mechanism, kek, key, room));
    } finally {
      zero(room);
    }
  }

  /** HSMs differ in what they wrap with: a throw-away key goes through the whole way before any real one does. */
  #proveWrapping(): void {
    const { cryptoki, service } = this.#sessions;
    const keyType: KeyType = 'EC-P256';
    const digest = randomBytes(32);
    try {
      const { publicKey, privateKey } = cryptoki.C_GenerateKeyPair(
        service,
        { mechanism: pkcs11js.CKM_EC_KEY_PAIR_GEN },
        [
          { type: pkcs11js.CKA_TOKEN, value: false },
          { type: pkcs11js.CKA_EC_PARAMS, value: CURVE_OIDS[keyType] },
          { type: pkcs11js.CKA_VERIFY, value: true },
        ],
        [
          { type: pkcs11js.CKA_TOKEN, value: false },
          { type: pkcs11js.CKA_SIGN, value: true },
          { type: pkcs11js.CKA_EXTRACTABLE, value: true },
        ],
      );
      const wrappedKey = this.#wrapKey(privateKey);
      cryptoki.C_DestroyObject(service, privateKey);
      const kekVersion = newest(this.#rootKeys.keks);
      const { handle } = this.unwrap({ wrappedKey, kekVersion, wrappingMechanism: this.#wrappingMechanism, keyType });
      cryptoki.C_SignInit(service, { mechanism: pkcs11js.CKM_ECDSA }, asBuffer(handle));
      const signature = cryptoki.C_Sign(service, digest, Buffer.alloc(64));
      cryptoki.C_VerifyInit(service, { mechanism: pkcs11js.CKM_ECDSA }, publicKey);
      cryptoki.C_Verify(service, digest, signature);
      this.destroy([handle]);
      cryptoki.C_DestroyObject(service, publicKey);
    } catch (error) {
      if (ckrOf(error) === undefined) throw error;
      throw new CodedError('internal', `the token cannot wrap private keys with ${this.#wrappingMechanism}`, {
        cause: error,
      });
    }
  }
}

function required(keys: ReadonlyMap<number, Buffer>, version: number, what: string): Buffer {
  const key = keys.get(version);
  if (key === undefined) throw new CodedError('internal', `the token has no ${what} number ${version}`);
  return key;
}
