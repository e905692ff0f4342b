/** Domain parameters of the curves whose signatures are checked (NIST SP 800-186 3.2.1). */
export interface Curve {
  readonly openSslName: string;
  /** Bytes of a coordinate. */
  readonly fieldLength: number;
  readonly prime: bigint;
  readonly order: bigint;
}

/** By the name that `asymmetricKeyDetails.namedCurve` gives. All three have a = −3 and cofactor 1. */
export const CURVES: Readonly<Record<string, Curve>> = {
  prime256v1: {
    openSslName: 'prime256v1',
    fieldLength: 32,
    prime: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  secp384r1: {
    openSslName: 'secp384r1',
    fieldLength: 48,
    prime: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  secp521r1: {
    openSslName: 'secp521r1',
    fieldLength: 66,
    prime: 2n ** 521n - 1n,
    order:
      0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  },
};

export interface AffinePoint {
  readonly x: bigint;
  readonly y: bigint;
}

export const modulo = (value: bigint, modulus: bigint): bigint => {
  const remainder = value % modulus;
  return remainder < 0n ? remainder + modulus : remainder;
};

/** Multiplicative inverse modulo a prime, for a value that is not a multiple of it (extended Euclid). */
export function inverse(value: bigint, modulus: bigint): bigint {
  let [remainder, next] = [modulus, modulo(value, modulus)];
  let [coefficient, nextCoefficient] = [0n, 1n];
  while (next !== 0n) {
    const quotient = remainder / next;
    [remainder, next] = [next, remainder - quotient * next];
    [coefficient, nextCoefficient] = [nextCoefficient, coefficient - quotient * nextCoefficient];
  }
  return modulo(coefficient, modulus);
}

/** Sum of two points in affine coordinates; undefined is the point at infinity. Public values only: not constant-time. */
export function addPoints(left: AffinePoint, right: AffinePoint, { prime }: Curve): AffinePoint | undefined {
  if (left.x === right.x && modulo(left.y + right.y, prime) === 0n) return undefined;
  const slope =
    left.x === right.x
      ? (3n * left.x * left.x - 3n) * inverse(2n * left.y, prime)
      : (right.y - left.y) * inverse(right.x - left.x, prime);
  const x = modulo(slope * slope - left.x - right.x, prime);
  return { x, y: modulo(slope * (left.x - x) - left.y, prime) };
}
