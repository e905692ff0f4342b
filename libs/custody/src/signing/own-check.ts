import { constants, createPublicKey, publicDecrypt, type KeyObject } from 'node:crypto';
import { CodedError, equalInConstantTime } from '@cinnabar/core';
import type { KeyType } from '../protected-key.ts';
import type { Token, TokenKey, TokenSignature } from '../token.ts';
import { pkcs1Payload } from './digest-info.ts';
import { verifyEmsaPss } from './emsa-pss.ts';

/**
 * Verifies our own signatures with the certificate's public key, so that neither a faulty HSM nor a key that was
 * swapped in the database ever gets a wrong signature out of the house.
 */
export interface SignatureVerifier {
  readonly publicKeySpkiDer: Uint8Array;
  /** `signature` as the token gave it: for ECDSA r ‖ s. */
  verify(token: Token, key: TokenKey, operation: TokenSignature, signature: Uint8Array): Promise<boolean>;
}

/** @throws CodedError `invalid-parameter` when the public key cannot be read or is of another type than the private key */
export function signatureVerifier(publicKeySpkiDer: Uint8Array, keyType: KeyType): SignatureVerifier {
  const publicKey = readPublicKey(publicKeySpkiDer);
  if (keyTypeOf(publicKey) !== keyType) {
    throw new CodedError('invalid-parameter', 'public key: of another type than the private key');
  }
  const copyDer = Uint8Array.from(publicKeySpkiDer);
  if (keyType === 'RSA') {
    return {
      publicKeySpkiDer: copyDer,
      verify: (_token, _key, operation, signature) => Promise.resolve(verifyRsa(publicKey, operation, signature)),
    };
  }
  const point = uncompressedPoint(publicKey);
  return {
    publicKeySpkiDer: copyDer,
    verify: (token, key, { digest }, signature) => token.verifyEcdsa(key, point, digest, signature),
  };
}

export function readPublicKey(publicKeySpkiDer: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(publicKeySpkiDer), format: 'der', type: 'spki' });
  } catch (error) {
    throw new CodedError('invalid-parameter', 'public key: cannot be read', { cause: error });
  }
}

/** By OpenSSL's curve names. */
const EC_KEY_TYPES: ReadonlyMap<string | undefined, KeyType> = new Map([
  ['prime256v1', 'EC-P256'],
  ['secp384r1', 'EC-P384'],
  ['secp521r1', 'EC-P521'],
]);

function keyTypeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): KeyType | undefined {
  return asymmetricKeyType === 'rsa' ? 'RSA' : EC_KEY_TYPES.get(asymmetricKeyDetails?.namedCurve);
}

function verifyRsa(key: KeyObject, operation: TokenSignature, signature: Uint8Array): boolean {
  const pss = operation.scheme === 'pss';
  let recovered: Uint8Array;
  try {
    // The bare key means RSA_PKCS1_PADDING, and costs a third less than an object that Node has to find the key in.
    recovered = publicDecrypt(pss ? { key, padding: constants.RSA_NO_PADDING } : key, signature);
  } catch {
    // OpenSSL finds no padding (or a number beyond the modulus): not a signature of this key.
    return false;
  }
  const { digest, digestAlgorithm } = operation;
  if (!pss) return equalInConstantTime(recovered, pkcs1Payload(digestAlgorithm, digest));
  const modulusBits = key.asymmetricKeyDetails?.modulusLength;
  if (digestAlgorithm === 'MD5+SHA1' || modulusBits === undefined) return false;
  return verifyEmsaPss(recovered, digest, digestAlgorithm, modulusBits);
}

function uncompressedPoint(publicKey: KeyObject): Uint8Array {
  const { x, y } = publicKey.export({ format: 'jwk' });
  if (x === undefined || y === undefined) throw new TypeError('not an EC public key');
  return Buffer.concat([Uint8Array.of(0x04), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
}
