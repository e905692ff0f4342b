import { randomBytes } from 'node:crypto';
import pkcs11js from 'pkcs11js';
import { CodedError, zero } from '@cinnabar/core';
import { zeroParts } from '../pkcs8-parts.ts';
import type { PrivateKeyParts } from '../pkcs8.ts';
import type { KeyType, WrappingMechanism } from '../protected-key.ts';
import { signWithAuditKey } from './audit-key.ts';
import { asBuffer, asHandle, ckrOf, isSessionGone, type Handle } from './cryptoki.ts';
import { CURVE_OIDS, publicKeyTemplate, unlockTemplate, WRAPPING_MECHANISM_TYPES } from './key-templates.ts';
import { proveImport } from './import-proof.ts';
import type { ImportWay } from './import-settings.ts';
import { keyImport, type KeyImport } from './key-import.ts';
import { KeyWrapping } from './key-wrapping.ts';
import { RootKeyRing } from './root-key-ring.ts';
import type { OpenTokenRequest, TokenCalls, WrappedAnswer } from './token-calls.ts';
import { TokenSessions } from './token-sessions.ts';

type VaultAnswer = TokenCalls['unwrap']['response'];

/** The HSM as the token thread works with it, one call after the other: synchronous, off the event loop. */
export class TokenService {
  readonly #sessions: TokenSessions;
  readonly #rootKeys: RootKeyRing;
  readonly #wrapping: KeyWrapping;
  readonly #wrappingMechanism: WrappingMechanism;
  readonly #import: KeyImport;
  /** Unlocked keys live and die with this session. It never signs and is never recycled. */
  #vaultSession: Buffer;
  #vaultSessions: number;

  /** `vaultSessions` is the number of vault sessions before this service, so that the count never repeats. */
  constructor(request: OpenTokenRequest, vaultSessions: number) {
    this.#sessions = new TokenSessions(request, request.reinitialise);
    this.#wrappingMechanism = request.wrappingMechanism;
    this.#vaultSessions = vaultSessions + 1;
    try {
      const { cryptoki, service } = this.#sessions;
      this.#rootKeys = new RootKeyRing(cryptoki, service);
      this.#wrapping = new KeyWrapping(cryptoki, service, this.#rootKeys, this.#wrappingMechanism);
      this.#vaultSession = this.#sessions.openSession();
      this.#proveWrapping();
      this.#import = this.#provenImport(request.importBy);
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
      ...this.#rootKeyVersions(),
      vaultSessions: this.#vaultSessions,
    };
  }

  /** HMAC-SHA256; zeroes the input. */
  hmac({ input, hmacKeyVersion }: TokenCalls['hmac']['request']): Uint8Array<ArrayBuffer> {
    const { cryptoki, service } = this.#sessions;
    const mac = Buffer.alloc(32);
    try {
      this.#rootKeys.withHmacKey(hmacKeyVersion, (key) =>
        cryptoki.C_SignInit(service, { mechanism: pkcs11js.CKM_SHA256_HMAC }, key),
      );
      return Uint8Array.from(cryptoki.C_Sign(service, asBuffer(input), mac));
    } finally {
      zero(input, mac);
    }
  }

  /** Imports, wraps under the newest KEK and destroys; zeroes the parts. */
  wrap(parts: PrivateKeyParts): WrappedAnswer {
    try {
      return this.wrapGenerated(this.#import(parts));
    } finally {
      zeroParts(parts);
    }
  }

  /** Wraps under the newest KEK and destroys. */
  wrapGenerated(privateKey: Uint8Array): WrappedAnswer {
    return this.#wrapping.wrapAndDestroy(asBuffer(privateKey));
  }

  rewrap(request: TokenCalls['rewrap']['request']): WrappedAnswer {
    return this.#wrapping.rewrap(request);
  }

  refreshRootKeys(): TokenCalls['refreshRootKeys']['response'] {
    this.#rootKeys.refresh();
    return this.#rootKeyVersions();
  }

  /** Zeroes the wrapped key. */
  unwrap({ wrappedKey, kekVersion, wrappingMechanism, keyType }: TokenCalls['unwrap']['request']): VaultAnswer {
    const mechanism = { mechanism: WRAPPING_MECHANISM_TYPES[wrappingMechanism] };
    const wrapped = asBuffer(wrappedKey);
    const { cryptoki } = this.#sessions;
    try {
      return this.#inVault((vaultSession) =>
        this.#rootKeys.withKek(kekVersion, (kek) =>
          cryptoki.C_UnwrapKey(vaultSession, mechanism, kek, wrapped, unlockTemplate(keyType)),
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

  /** In a session of its own: what fails there leaves no operation open in ours. */
  signAudit(message: Uint8Array): Uint8Array<ArrayBuffer> {
    const session = this.#sessions.openSession();
    try {
      return signWithAuditKey(this.#sessions.cryptoki, session, message);
    } finally {
      this.#sessions.closeSession(session);
    }
  }

  probe(): undefined {
    this.#sessions.cryptoki.C_GetSessionInfo(this.#vaultSession);
    this.hmac({ input: new Uint8Array(32), hmacKeyVersion: this.#rootKeys.newestHmacKey });
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

  #rootKeyVersions(): TokenCalls['refreshRootKeys']['response'] {
    return { currentKekVersion: this.#rootKeys.newestKek, hmacKeyVersion: this.#rootKeys.newestHmacKey };
  }

  #provenImport(importBy: ImportWay): KeyImport {
    const { cryptoki, service } = this.#sessions;
    const wrappingMechanism = this.#wrappingMechanism;
    try {
      const bring = keyImport(cryptoki, service, importBy, wrappingMechanism);
      if (importBy === 'none') return bring;
      proveImport(this.#sessions, {
        unlockImported: (parts) => {
          const wrapped = this.wrapGenerated(bring(parts));
          zeroParts(parts);
          return this.unwrap({ ...wrapped, wrappingMechanism, keyType: parts.keyType }).handle;
        },
        destroy: (handle) => this.destroy([handle]),
      });
      return bring;
    } catch (error) {
      if (ckrOf(error) === undefined) throw error;
      throw new CodedError('internal', `the token takes no private keys in by ${importBy}`, { cause: error });
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
      const wrapped = this.wrapGenerated(privateKey);
      const { handle } = this.unwrap({ ...wrapped, wrappingMechanism: this.#wrappingMechanism, keyType });
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
