import { createECDH } from 'node:crypto';
import type { Random } from '@cinnabar/core';
import type { EcParts } from '../pkcs8.ts';

// ECDSA (FIPS 186-5 6.4) over a given digest, which node:crypto does not offer. For tests only: big integers take a time
// that depends on their value. The points come from OpenSSL.

interface CurveFacts {
  /** Order of the base point (SP 800-186 3.2.1). */
  readonly order: bigint;
  readonly length: number;
}

export const OPENSSL_CURVE_NAMES: Readonly<Record<EcParts['keyType'], string>> = {
  'EC-P256': 'prime256v1',
  'EC-P384': 'secp384r1',
  'EC-P521': 'secp521r1',
};

const CURVES: Readonly<Record<EcParts['keyType'], CurveFacts>> = {
  'EC-P256': {
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    length: 32,
  },
  'EC-P384': {
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    length: 48,
  },
  'EC-P521': {
    order:
      0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
    length: 66,
  },
};

/** r ‖ s, each at the length of the order. */
export function signEcdsa(parts: EcParts, digest: Uint8Array, random: Random): Uint8Array {
  const { keyType, scalar } = parts;
  const { order, length } = CURVES[keyType];
  const k = (toBigInt(random.bytes(length + 8)) % (order - 1n)) + 1n;
  const r = abscissa(keyType, k) % order;
  const s = (inverse(k, order) * (truncate(digest, order) + r * toBigInt(scalar))) % order;
  return r === 0n || s === 0n
    ? signEcdsa(parts, digest, random)
    : Buffer.concat([toOctets(r, length), toOctets(s, length)]);
}

/** Verifies with the private scalar at hand: the nonce that r and s imply must lead back to r. */
export function verifyEcdsaByScalar({ keyType, scalar }: EcParts, digest: Uint8Array, signature: Uint8Array): boolean {
  const { order, length } = CURVES[keyType];
  const r = toBigInt(signature.subarray(0, length));
  const s = toBigInt(signature.subarray(length));
  if (signature.length !== 2 * length || r === 0n || s === 0n || r >= order || s >= order) return false;
  const k = (inverse(s, order) * (truncate(digest, order) + r * toBigInt(scalar))) % order;
  return k !== 0n && abscissa(keyType, k) % order === r;
}

/** The public point of a scalar, uncompressed. */
export function publicPoint({ keyType, scalar }: Pick<EcParts, 'keyType' | 'scalar'>): Uint8Array {
  const ecdh = createECDH(OPENSSL_CURVE_NAMES[keyType]);
  ecdh.setPrivateKey(scalar);
  return ecdh.getPublicKey();
}

function abscissa(keyType: EcParts['keyType'], k: bigint): bigint {
  const { length } = CURVES[keyType];
  return toBigInt(publicPoint({ keyType, scalar: toOctets(k, length) }).subarray(1, 1 + length));
}

/** The leftmost bits of a digest, as many as the order has (FIPS 186-5 6.4.1 step 2). */
function truncate(digest: Uint8Array, order: bigint): bigint {
  const surplus = digest.length * 8 - order.toString(2).length;
  return surplus > 0 ? toBigInt(digest) >> BigInt(surplus) : toBigInt(digest);
}

function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [((value % modulus) + modulus) % modulus, modulus, 1n, 0n];
  while (a !== 0n) {
    const quotient = b / a;
    [a, b, x, y] = [b - quotient * a, a, y - quotient * x, x];
  }
  return ((y % modulus) + modulus) % modulus;
}

function toBigInt(octets: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(octets).toString('hex') || '0'}`);
}

function toOctets(value: bigint, length: number): Uint8Array {
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');
}
