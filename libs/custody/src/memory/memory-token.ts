import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  generateKeyPair,
  privateEncrypt,
  type KeyObject,
} from 'node:crypto';
import { promisify } from 'node:util';
import { CodedError, DIGESTS, zero, type Random } from '@cinnabar/core';
import { shapeOf, type KeySpecification } from '../key-specification.ts';
import { readPkcs8, type EcParts, type PrivateKeyParts } from '../pkcs8.ts';
import type { KeyType } from '../protected-key.ts';
import { pkcs1Payload } from '../signing/digest-info.ts';
import { encodeEmsaPss } from '../signing/emsa-pss.ts';
import {
  StaleTokenKey,
  type GeneratedKey,
  type NewlyWrappedKey,
  type Token,
  type TokenKey,
  type TokenSignature,
  type WrappedKey,
} from '../token.ts';
import { OPENSSL_CURVE_NAMES, publicPoint, signEcdsa, verifyEcdsaByScalar } from './ecdsa-over-digest.ts';
import { pkcs8Of } from '../pkcs8-encoding.ts';

/** RFC 5649 3: the alternative initial value of AES key wrap with padding. */
const WRAP_PAD_IV = Buffer.from('a65959a6', 'hex');

class MemoryTokenKey implements TokenKey {
  readonly keyType: KeyType;
  readonly pkcs8Der: Uint8Array;
  readonly rsaKey: KeyObject | undefined;
  destroyed = false;

  constructor(keyType: KeyType, pkcs8Der: Uint8Array) {
    this.keyType = keyType;
    this.pkcs8Der = pkcs8Der;
    this.rsaKey =
      keyType === 'RSA' ? createPrivateKey({ key: Buffer.from(pkcs8Der), format: 'der', type: 'pkcs8' }) : undefined;
  }
}

/** A token of node:crypto, for tests that are about something else. It protects nothing: the KEK is in this process. */
export class MemoryToken implements Token {
  readonly currentKekVersion = 1;
  readonly hmacKeyVersion = 1;
  readonly wrappingMechanism = 'CKM_AES_KEY_WRAP_PAD';
  readonly #random: Random;
  readonly #kek: Uint8Array;
  readonly #hmacKey: Uint8Array;

  constructor(random: Random) {
    this.#random = random;
    this.#kek = random.bytes(32);
    this.#hmacKey = random.bytes(32);
  }

  hmac(input: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    return Promise.resolve(createHmac('sha256', this.#hmacKey).update(input).digest());
  }

  wrap(parts: PrivateKeyParts): Promise<NewlyWrappedKey> {
    return Promise.resolve(this.#wrap(pkcs8Of(parts)));
  }

  async generate(specification: KeySpecification): Promise<GeneratedKey> {
    const shape = shapeOf(specification);
    const pair =
      shape.keyType === 'RSA'
        ? await promisify(generateKeyPair)('rsa', { modulusLength: shape.modulusBits })
        : await promisify(generateKeyPair)('ec', { namedCurve: OPENSSL_CURVE_NAMES[shape.keyType] });
    const publicKeySpkiDer = pair.publicKey.export({ format: 'der', type: 'spki' });
    return { ...this.#wrap(pair.privateKey.export({ format: 'der', type: 'pkcs8' })), publicKeySpkiDer };
  }

  unwrap({ wrappedKey, keyType }: WrappedKey): Promise<TokenKey> {
    return Promise.resolve(new MemoryTokenKey(keyType, this.#unwrap(wrappedKey)));
  }

  rewrap({ wrappedKey }: WrappedKey): Promise<NewlyWrappedKey> {
    return Promise.resolve(this.#wrap(this.#unwrap(wrappedKey)));
  }

  refreshRootKeys(): Promise<void> {
    // The keys of this token are made with it and die with it.
    return Promise.resolve();
  }

  sign(key: TokenKey, operation: TokenSignature): Promise<Uint8Array> {
    const { pkcs8Der, rsaKey } = live(key);
    if (rsaKey === undefined) {
      return Promise.resolve(signEcdsa(ecParts(pkcs8Der), operation.digest, this.#random));
    }
    const { scheme, digestAlgorithm, digest } = operation;
    if (scheme !== 'pss' || digestAlgorithm === 'MD5+SHA1') {
      const padding = constants.RSA_PKCS1_PADDING;
      return Promise.resolve(privateEncrypt({ key: rsaKey, padding }, pkcs1Payload(digestAlgorithm, digest)));
    }
    const salt = this.#random.bytes(DIGESTS[digestAlgorithm].length);
    const encoded = encodeEmsaPss(digest, salt, digestAlgorithm, rsaKey.asymmetricKeyDetails?.modulusLength ?? 0);
    return Promise.resolve(privateEncrypt({ key: rsaKey, padding: constants.RSA_NO_PADDING }, encoded));
  }

  verifyEcdsa(key: TokenKey, point: Uint8Array, digest: Uint8Array, signature: Uint8Array): Promise<boolean> {
    const parts = ecParts(live(key).pkcs8Der);
    const sameKey = Buffer.compare(publicPoint(parts), point) === 0;
    return Promise.resolve(sameKey && verifyEcdsaByScalar(parts, digest, signature));
  }

  destroy(key: TokenKey): Promise<void> {
    if (key instanceof MemoryTokenKey) {
      key.destroyed = true;
      key.pkcs8Der.fill(0);
    }
    return Promise.resolve();
  }

  onKeysLost(): void {
    // Memory loses nothing while the process lives.
  }

  available(): boolean {
    return true;
  }

  close(): Promise<void> {
    this.#kek.fill(0);
    return Promise.resolve();
  }

  #unwrap(wrappedKey: Uint8Array): Uint8Array {
    const decipher = createDecipheriv('id-aes256-wrap-pad', this.#kek, WRAP_PAD_IV);
    return Buffer.concat([decipher.update(wrappedKey), decipher.final()]);
  }

  /** Zeroes the key. */
  #wrap(pkcs8Der: Uint8Array): NewlyWrappedKey {
    const cipher = createCipheriv('id-aes256-wrap-pad', this.#kek, WRAP_PAD_IV);
    const wrappedKey = Buffer.concat([cipher.update(pkcs8Der), cipher.final()]);
    zero(pkcs8Der);
    return { wrappedKey, kekVersion: this.currentKekVersion };
  }
}

function live(key: TokenKey): MemoryTokenKey {
  if (!(key instanceof MemoryTokenKey) || key.destroyed) throw new StaleTokenKey();
  return key;
}

function ecParts(pkcs8Der: Uint8Array): EcParts {
  const parts = readPkcs8(pkcs8Der);
  if (parts.keyType === 'RSA') throw new CodedError('internal', 'an EC key was expected');
  return parts;
}
