import { CodedError } from '@cinnabar/core';
import type { KeySpecification } from '../key-specification.ts';
import { buffersOf, copyParts } from '../pkcs8-parts.ts';
import type { PrivateKeyParts } from '../pkcs8.ts';
import type { KeyType, WrappingMechanism } from '../protected-key.ts';
import {
  StaleTokenKey,
  type GeneratedKey,
  type NewlyWrappedKey,
  type Token,
  type TokenKey,
  type TokenSignature,
  type WrappedKey,
} from '../token.ts';
import { Batches } from '../batches.ts';
import type { Handle } from './cryptoki.ts';
import type { ImportWay } from './import-settings.ts';
import type { ResolvedPkcs11Settings } from './pkcs11-settings.ts';
import { signingMechanism } from './signing-mechanism.ts';
import { TokenConnection } from './token-connection.ts';

/** Enough to get through ten thousand soon, few enough that an unlock does not wait long behind them. */
const DESTROYED_AT_ONCE = 64;

class Pkcs11TokenKey implements TokenKey {
  readonly keyType: KeyType;
  readonly handle: Handle;
  readonly life: string;
  /** Everything of this key that is in the vault session. */
  readonly handles: Handle[];
  publicKey: { readonly point: Uint8Array; readonly handle: Promise<Handle> } | undefined;

  constructor(keyType: KeyType, handle: Handle, life: string) {
    this.keyType = keyType;
    this.handle = handle;
    this.life = life;
    this.handles = [handle];
  }
}

/** An HSM behind PKCS#11. */
export class Pkcs11Token implements Token {
  readonly wrappingMechanism: WrappingMechanism;
  readonly #connection: TokenConnection;
  readonly #importBy: ImportWay;
  readonly #destructions = new Batches<Pkcs11TokenKey>(DESTROYED_AT_ONCE, (keys) => this.#destroyAll(keys));

  private constructor(connection: TokenConnection, { wrappingMechanism, importBy }: ResolvedPkcs11Settings) {
    this.#connection = connection;
    this.wrappingMechanism = wrappingMechanism;
    this.#importBy = importBy;
  }

  /** @throws CodedError `hsm-not-available` with the reason, for the operator */
  static async open(settings: ResolvedPkcs11Settings): Promise<Pkcs11Token> {
    return new Pkcs11Token(await TokenConnection.open(settings), settings);
  }

  get currentKekVersion(): number {
    return this.#connection.currentKekVersion;
  }

  get hmacKeyVersion(): number {
    return this.#connection.hmacKeyVersion;
  }

  available(): boolean {
    return this.#connection.available;
  }

  onKeysLost(listener: () => void): void {
    this.#connection.onKeysLost(listener);
  }

  hmac(input: Uint8Array<ArrayBuffer>, hmacKeyVersion: number): Promise<Uint8Array> {
    return this.#connection.call('hmac', { input, hmacKeyVersion }, [input.buffer]);
  }

  async wrap(parts: PrivateKeyParts): Promise<NewlyWrappedKey> {
    if (this.#importBy === 'none') {
      throw new CodedError('not-supported', 'private key: only keys born in the HSM are held');
    }
    // Parts are views of the caller's PKCS#8. These copies move to the thread, which zeroes them.
    const copies = copyParts(parts);
    const wrapped = await this.#connection.call('wrap', { parts: copies }, buffersOf(copies));
    this.#connection.noticeKek(wrapped.kekVersion);
    return wrapped;
  }

  async generate(specification: KeySpecification): Promise<GeneratedKey> {
    const generated = await this.#connection.generate(specification);
    this.#connection.noticeKek(generated.kekVersion);
    return generated;
  }

  async rewrap({ wrappedKey, kekVersion, wrappingMechanism, keyType }: WrappedKey): Promise<NewlyWrappedKey> {
    const request = { wrappedKey, kekVersion, wrappingMechanism, keyType };
    return this.#connection.call('rewrap', request, [wrappedKey.buffer]);
  }

  refreshRootKeys(): Promise<void> {
    return this.#connection.refreshRootKeys();
  }

  async unwrap({ wrappedKey, kekVersion, wrappingMechanism, keyType }: WrappedKey): Promise<TokenKey> {
    const request = { wrappedKey, kekVersion, wrappingMechanism, keyType };
    const { handle, vaultSessions } = await this.#connection.call('unwrap', request, [wrappedKey.buffer]);
    this.#connection.noticeVaultSession(vaultSessions);
    this.#connection.noticeKek(kekVersion);
    return new Pkcs11TokenKey(keyType, handle, this.#connection.life);
  }

  sign(key: TokenKey, operation: TokenSignature): Promise<Uint8Array> {
    return this.#connection.withPool((pool) => pool.sign(this.#live(key).handle, signingMechanism(operation)));
  }

  verifyEcdsa(key: TokenKey, point: Uint8Array, digest: Uint8Array, signature: Uint8Array): Promise<boolean> {
    return this.#connection.withPool(async (pool) =>
      pool.verifyEcdsa(await this.#publicKey(this.#live(key), point), digest, signature),
    );
  }

  /** ECDSA-Sig-Value of the audit key over the message's SHA-256, DER. @throws CodedError */
  signAudit(message: Uint8Array): Promise<Uint8Array> {
    return this.#connection.call('signAudit', { message });
  }

  /** Never fails: a key that cannot be destroyed takes the whole vault session with it. */
  async destroy(key: TokenKey): Promise<void> {
    if (key instanceof Pkcs11TokenKey) await this.#destructions.add(key);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #destroyAll(keys: readonly Pkcs11TokenKey[]): Promise<void> {
    const live = keys.filter((key) => this.#isLive(key));
    if (live.length === 0) return;
    try {
      await this.#connection.call('destroy', { handles: live.flatMap(({ handles }) => handles) });
    } catch {
      if (live.some((key) => this.#isLive(key))) await this.#connection.replaceVaultSession();
    }
  }

  #isLive(key: Pkcs11TokenKey): boolean {
    return this.#connection.available && key.life === this.#connection.life;
  }

  #live(key: TokenKey): Pkcs11TokenKey {
    if (!(key instanceof Pkcs11TokenKey) || !this.#isLive(key)) throw new StaleTokenKey();
    return key;
  }

  #publicKey(key: Pkcs11TokenKey, point: Uint8Array): Promise<Handle> {
    const { keyType, publicKey } = key;
    if (publicKey !== undefined && Buffer.compare(publicKey.point, point) === 0) return publicKey.handle;
    if (keyType === 'RSA') throw new CodedError('internal', 'an EC key was expected');
    const ownPoint = Uint8Array.from(point);
    const handle = this.#importPublicKey(key, keyType, ownPoint);
    key.publicKey = { point: ownPoint, handle };
    return handle;
  }

  async #importPublicKey(key: Pkcs11TokenKey, keyType: Exclude<KeyType, 'RSA'>, point: Uint8Array): Promise<Handle> {
    try {
      const { handle, vaultSessions } = await this.#connection.call('importPublicKey', { keyType, point });
      this.#connection.noticeVaultSession(vaultSessions);
      key.handles.push(handle);
      return handle;
    } catch (error) {
      key.publicKey = undefined;
      throw error;
    }
  }
}
