import { createPublicKey, type JsonWebKey } from 'node:crypto';
import pkcs11js from 'pkcs11js';
import { CodedError } from '@cinnabar/core';
import { shapeOf, type KeyShape, type KeySpecification } from '../key-specification.ts';
import type { KeyType } from '../protected-key.ts';
import { asHandle, type Cryptoki, type Handle } from './cryptoki.ts';
import { CURVE_OIDS, generatedKeyTemplate, type Template } from './key-templates.ts';

export interface GeneratedPair {
  /** A session object that waits to be wrapped and destroyed. */
  readonly privateKey: Handle;
  readonly publicKeySpkiDer: Uint8Array;
}

const PUBLIC_EXPONENT = Buffer.from([1, 0, 1]);
/** By their names in a JSON Web Key (RFC 7518 6.2.1.1), with the octets of a coordinate. */
const CURVES: Readonly<Record<Exclude<KeyType, 'RSA'>, { readonly crv: string; readonly length: number }>> = {
  'EC-P256': { crv: 'P-256', length: 32 },
  'EC-P384': { crv: 'P-384', length: 48 },
  'EC-P521': { crv: 'P-521', length: 66 },
};

/** C_GenerateKeyPair in a session. Takes up to seconds, and the thread with it. */
export function generateKeyPair(cryptoki: Cryptoki, session: Buffer, specification: KeySpecification): GeneratedPair {
  const shape = shapeOf(specification);
  const { publicKey, privateKey } = cryptoki.C_GenerateKeyPair(
    session,
    { mechanism: shape.keyType === 'RSA' ? pkcs11js.CKM_RSA_PKCS_KEY_PAIR_GEN : pkcs11js.CKM_EC_KEY_PAIR_GEN },
    publicTemplate(shape),
    generatedKeyTemplate(shape.keyType),
  );
  try {
    const publicKeySpkiDer = readPublicKey(cryptoki, session, publicKey, shape.keyType);
    return { privateKey: asHandle(privateKey), publicKeySpkiDer };
  } catch (error) {
    cryptoki.C_DestroyObject(session, privateKey);
    throw error;
  } finally {
    cryptoki.C_DestroyObject(session, publicKey);
  }
}

function publicTemplate(shape: KeyShape): Template {
  return [
    { type: pkcs11js.CKA_TOKEN, value: false },
    { type: pkcs11js.CKA_PRIVATE, value: false },
    { type: pkcs11js.CKA_VERIFY, value: true },
    ...(shape.keyType === 'RSA'
      ? [
          { type: pkcs11js.CKA_MODULUS_BITS, value: shape.modulusBits },
          { type: pkcs11js.CKA_PUBLIC_EXPONENT, value: PUBLIC_EXPONENT },
        ]
      : [{ type: pkcs11js.CKA_EC_PARAMS, value: CURVE_OIDS[shape.keyType] }]),
  ];
}

/** SubjectPublicKeyInfo of a public key object. */
export function readPublicKey(cryptoki: Cryptoki, session: Buffer, handle: Buffer, keyType: KeyType): Uint8Array {
  const read = (type: number): Buffer => {
    const [attribute] = cryptoki.C_GetAttributeValue(session, handle, [{ type }]);
    if (attribute === undefined) throw new CodedError('internal', 'the HSM does not show its public key');
    return attribute.value;
  };
  const key: JsonWebKey = keyType === 'RSA' ? rsaKey(read) : ecKey(read, keyType);
  return createPublicKey({ key, format: 'jwk' }).export({ format: 'der', type: 'spki' });
}

function rsaKey(read: (type: number) => Buffer): JsonWebKey {
  const n = read(pkcs11js.CKA_MODULUS).toString('base64url');
  return { kty: 'RSA', n, e: read(pkcs11js.CKA_PUBLIC_EXPONENT).toString('base64url') };
}

function ecKey(read: (type: number) => Buffer, keyType: Exclude<KeyType, 'RSA'>): JsonWebKey {
  const { crv, length } = CURVES[keyType];
  return { kty: 'EC', crv, ...coordinates(read(pkcs11js.CKA_EC_POINT), length) };
}

/** CKA_EC_POINT is a DER OCTET STRING of 04 ‖ x ‖ y (PKCS#11 2.40 2.3.3); some HSMs leave the OCTET STRING out. */
function coordinates(ecPoint: Buffer, length: number): { readonly x: string; readonly y: string } {
  const pointLength = 1 + 2 * length;
  const point = ecPoint.subarray(-pointLength);
  if (point.length !== pointLength || point[0] !== 0x04) {
    throw new CodedError('internal', 'the HSM shows its public key in an unknown form');
  }
  return {
    x: point.subarray(1, 1 + length).toString('base64url'),
    y: point.subarray(1 + length).toString('base64url'),
  };
}
