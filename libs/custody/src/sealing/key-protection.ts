import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { CodedError, zero, type Random } from '@cinnabar/core';
import type { ProtectRequest } from '../key-custody.ts';
import { shapeOf, type KeyShape, type KeySpecification } from '../key-specification.ts';
import { readPkcs8 } from '../pkcs8.ts';
import type { KeyType, ProtectedKey } from '../protected-key.ts';
import { checkSchemeFitsKey, type SignatureRequest } from '../signature-request.ts';
import { readPublicKey, signatureVerifier } from '../signing/own-check.ts';
import { releasedForm } from '../signing/released-form.ts';
import { StaleTokenKey, type NewlyWrappedKey, type Token, type TokenKey, type TokenSignature } from '../token.ts';
import { zeroUnlessMoved } from '../zero-unless-moved.ts';
import { open, seal } from './aes-gcm.ts';
import { keyBinding } from './bindings.ts';

const DATA_KEY_LENGTH = 32;
const PROOF_DIGEST = createHash('sha256').update('cinnabar/proof-of-custody/1').digest();

export interface NewlyProtectedKey {
  readonly key: ProtectedKey;
  /** For the caller to zero. */
  readonly dataKey: Uint8Array;
}

/** Turns private keys into sealed blobs and sealed blobs into unlocked keys. */
export class KeyProtection {
  readonly #token: Token;
  readonly #random: Random;

  constructor(token: Token, random: Random) {
    this.#token = token;
    this.#random = random;
  }

  /** The stored form of an imported key, proved to sign, and the data key, which the caller seals into a slot and zeroes. */
  async protect({
    certid,
    privateKeyPkcs8Der,
    publicKeySpkiDer,
  }: Pick<ProtectRequest, 'certid' | 'privateKeyPkcs8Der' | 'publicKeySpkiDer'>): Promise<NewlyProtectedKey> {
    const parts = readPkcs8(privateKeyPkcs8Der);
    checkBelongsTogether(privateKeyPkcs8Der, publicKeySpkiDer);
    const wrapped = await this.#token.wrap(parts);
    return this.#sealAndProve(certid, parts.keyType, wrapped, publicKeySpkiDer);
  }

  /** The same for a key that the token makes. */
  async generate(
    certid: string,
    specification: KeySpecification,
  ): Promise<NewlyProtectedKey & { readonly publicKeySpkiDer: Uint8Array }> {
    const { publicKeySpkiDer, ...wrapped } = await this.#token.generate(specification);
    const shape = shapeOf(specification);
    checkIsAsSpecified(shape, publicKeySpkiDer);
    return { ...(await this.#sealAndProve(certid, shape.keyType, wrapped, publicKeySpkiDer)), publicKeySpkiDer };
  }

  /** @throws CodedError `internal` when the blob is not the one that was sealed, or its KEK is not on the token */
  unlock(key: ProtectedKey, dataKey: Uint8Array): Promise<TokenKey> {
    return this.#withUnsealed(key, dataKey, (wrappedKey) => this.#token.unwrap({ ...key, wrappedKey }));
  }

  /** One signature with a key that is unlocked for it alone, verified before it is released. */
  async signOnce(key: ProtectedKey, dataKey: Uint8Array, request: SignatureRequest): Promise<Uint8Array> {
    checkSchemeFitsKey(request.scheme, key.keyType);
    const verifier = signatureVerifier(request.publicKeySpkiDer, key.keyType);
    const tokenKey = await this.unlock(key, dataKey);
    try {
      const signature = await this.#token.sign(tokenKey, request);
      if (await verifier.verify(this.#token, tokenKey, request, signature)) {
        return releasedForm(request.scheme, signature);
      }
    } catch (error) {
      if (!(error instanceof StaleTokenKey)) throw error;
      throw new CodedError('hsm-not-available', 'the HSM is not available', { cause: error });
    } finally {
      await this.#token.destroy(tokenKey);
    }
    throw new CodedError('internal', 'the signature could not be verified', { context: { certid: key.certid } });
  }

  /** The key under the newest KEK, sealed with the same data key: its slots go on opening it. @throws as {@link unlock} */
  async move(key: ProtectedKey, dataKey: Uint8Array): Promise<ProtectedKey> {
    const { certid, keyVersion, keyType } = key;
    const rewrapped = await this.#withUnsealed(key, dataKey, (wrappedKey) =>
      this.#token.rewrap({ ...key, wrappedKey }),
    );
    try {
      return this.#seal({ certid, keyVersion, keyType }, rewrapped, dataKey);
    } finally {
      zero(rewrapped.wrappedKey);
    }
  }

  /** The key one version up, under the newest KEK and a new data key: no slot but those made with it opens. @throws as {@link unlock} */
  async reseal(key: ProtectedKey, dataKey: Uint8Array): Promise<NewlyProtectedKey> {
    const { certid, keyVersion, keyType } = key;
    const rewrapped = await this.#withUnsealed(key, dataKey, (wrappedKey) =>
      this.#token.rewrap({ ...key, wrappedKey }),
    );
    const newDataKey = this.#random.bytes(DATA_KEY_LENGTH);
    try {
      return {
        key: this.#seal({ certid, keyVersion: keyVersion + 1, keyType }, rewrapped, newDataKey),
        dataKey: newDataKey,
      };
    } finally {
      zero(rewrapped.wrappedKey);
    }
  }

  /** Zeroes the wrapped key. */
  async #sealAndProve(
    certid: string,
    keyType: KeyType,
    wrapped: NewlyWrappedKey,
    publicKeySpkiDer: Uint8Array,
  ): Promise<NewlyProtectedKey> {
    const dataKey = this.#random.bytes(DATA_KEY_LENGTH);
    try {
      const key = this.#seal({ certid, keyVersion: 1, keyType }, wrapped, dataKey);
      await this.#prove(key, dataKey, publicKeySpkiDer);
      return { key, dataKey };
    } catch (error) {
      zero(dataKey);
      throw error;
    } finally {
      zero(wrapped.wrappedKey);
    }
  }

  #seal(
    key: Pick<ProtectedKey, 'certid' | 'keyVersion' | 'keyType'>,
    { wrappedKey, kekVersion }: NewlyWrappedKey,
    dataKey: Uint8Array,
  ): ProtectedKey {
    const header = { ...key, kekVersion, wrappingMechanism: this.#token.wrappingMechanism };
    return { ...header, sealedKey: seal(dataKey, wrappedKey, keyBinding(header), this.#random) };
  }

  /** Runs `use` with the wrapped key in a buffer that is zeroed afterwards, unless it moved to the token's thread. */
  async #withUnsealed<T>(
    key: ProtectedKey,
    dataKey: Uint8Array,
    use: (wrappedKey: Uint8Array<ArrayBuffer>) => Promise<T>,
  ): Promise<T> {
    const wrappedKey = open(dataKey, key.sealedKey, keyBinding(key));
    if (wrappedKey === undefined) {
      throw new CodedError('internal', 'the key cannot be opened', {
        context: { reason: 'sealed key does not open', certid: key.certid },
      });
    }
    try {
      return await use(wrappedKey);
    } finally {
      zeroUnlessMoved(wrappedKey);
    }
  }

  /** Opens what would be stored and signs with it: a blob that cannot be used must not replace the caller's key file. */
  async #prove(key: ProtectedKey, dataKey: Uint8Array, publicKeySpkiDer: Uint8Array): Promise<void> {
    const verifier = signatureVerifier(publicKeySpkiDer, key.keyType);
    const tokenKey = await this.unlock(key, dataKey);
    try {
      const operation: TokenSignature = {
        scheme: schemeFor(key.keyType),
        digestAlgorithm: 'SHA256',
        digest: PROOF_DIGEST,
      };
      const signature = await this.#token.sign(tokenKey, operation);
      if (await verifier.verify(this.#token, tokenKey, operation, signature)) return;
    } finally {
      await this.#token.destroy(tokenKey);
    }
    throw new CodedError('invalid-parameter', 'private key: does not sign for the certificate');
  }
}

/** An HSM that makes another key than it was asked for must not get it into a certificate. */
function checkIsAsSpecified(shape: KeyShape, publicKeySpkiDer: Uint8Array): void {
  const bits = readPublicKey(publicKeySpkiDer).asymmetricKeyDetails?.modulusLength;
  if (bits !== (shape.keyType === 'RSA' ? shape.modulusBits : undefined)) {
    throw new CodedError('internal', 'the HSM made another key than it was asked for');
  }
}

function schemeFor(keyType: KeyType): 'pkcs1' | 'ecdsa' {
  return keyType === 'RSA' ? 'pkcs1' : 'ecdsa';
}

/** @throws CodedError `invalid-parameter` when the private key's public half is not the certificate's key */
function checkBelongsTogether(privateKeyPkcs8Der: Uint8Array, publicKeySpkiDer: Uint8Array): void {
  const certified = readPublicKey(publicKeySpkiDer);
  // A view, not a copy: there must not be a second buffer with the key in it.
  const { buffer, byteOffset, length } = privateKeyPkcs8Der;
  const key = Buffer.from(buffer, byteOffset, length);
  let belongs: boolean;
  try {
    belongs = createPublicKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' })).equals(certified);
  } catch (error) {
    throw new CodedError('invalid-parameter', 'private key: cannot be read', { cause: error });
  }
  if (!belongs) throw new CodedError('invalid-parameter', 'private key: does not belong to the certificate');
}
