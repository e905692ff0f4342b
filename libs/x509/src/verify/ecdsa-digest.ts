import { createECDH, type ECDH, type KeyObject } from 'node:crypto';
import { CodedError } from '@cinnabar/core';
import { DerCursor } from '../der/der-cursor.ts';
import { TAG } from '../der/tags.ts';
import { addPoints, type AffinePoint, type Curve, CURVES, inverse, modulo } from './curve.ts';

/**
 * ECDSA verification of a digest (FIPS 186-5 6.4.2).
 *
 * The standard's point R = u₁G + u₂Q is computed as u₂·(Q + (u₁/u₂)·G): both multiplications are then what OpenSSL's
 * ECDH does (the public key of a scalar; the x-coordinate of a scalar times a point), so that only one addition of two
 * points is done in JavaScript. All values are public.
 */
export function verifyEcdsaDigest(publicKey: KeyObject, digest: Uint8Array, signatureValue: Uint8Array): boolean {
  const curve = CURVES[publicKey.asymmetricKeyDetails?.namedCurve ?? ''];
  if (!curve) throw new CodedError('not-supported', 'signatures on this curve cannot be checked');
  const signature = readSignatureValue(signatureValue);
  if (!signature || !inRange(signature.r, curve) || !inRange(signature.s, curve)) return false;

  const { r, s } = signature;
  const { order } = curve;
  const u2 = modulo(r * inverse(s, order), order);
  // u₁/u₂ = (e/s)/(r/s) = e/r
  const ratio = modulo(digestToInteger(digest, curve) * inverse(r, order), order);
  const ecdh = createECDH(curve.openSslName);
  const q = pointOf(publicKey);
  const sum = ratio === 0n ? q : addPoints(q, multiplyGenerator(ecdh, ratio, curve), curve);
  if (sum === undefined) return false;
  return modulo(multiplyForX(ecdh, u2, sum, curve), order) === r;
}

/** ECDSA-Sig-Value (RFC 3279 2.2.3), strictly DER; undefined where it is not one. */
function readSignatureValue(signatureValue: Uint8Array): { r: bigint; s: bigint } | undefined {
  try {
    const outer = new DerCursor(signatureValue, 'signatureValue');
    const pair = outer.enter(TAG.sequence);
    outer.finish();
    const r = toInteger(pair.next(TAG.integer).contents);
    const s = toInteger(pair.next(TAG.integer).contents);
    pair.finish();
    return { r, s };
  } catch (error) {
    if (CodedError.is(error, 'invalid-parameter')) return undefined;
    throw error;
  }
}

const inRange = (value: bigint, { order }: Curve): boolean => value > 0n && value < order;

/** The leftmost bits of the digest, as many as the order has (FIPS 186-5 6.4.2 step 2). */
function digestToInteger(digest: Uint8Array, { order }: Curve): bigint {
  const surplusBits = digest.length * 8 - order.toString(2).length;
  const value = toUnsigned(digest);
  return surplusBits > 0 ? value >> BigInt(surplusBits) : value;
}

function pointOf(publicKey: KeyObject): AffinePoint {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  return { x: toUnsigned(Buffer.from(x, 'base64url')), y: toUnsigned(Buffer.from(y, 'base64url')) };
}

function multiplyGenerator(ecdh: ECDH, scalar: bigint, curve: Curve): AffinePoint {
  ecdh.setPrivateKey(toBytes(scalar, curve.fieldLength));
  const point = ecdh.getPublicKey();
  return {
    x: toUnsigned(point.subarray(1, 1 + curve.fieldLength)),
    y: toUnsigned(point.subarray(1 + curve.fieldLength)),
  };
}

function multiplyForX(ecdh: ECDH, scalar: bigint, { x, y }: AffinePoint, curve: Curve): bigint {
  ecdh.setPrivateKey(toBytes(scalar, curve.fieldLength));
  const uncompressed = Buffer.concat([Uint8Array.of(4), toBytes(x, curve.fieldLength), toBytes(y, curve.fieldLength)]);
  return toUnsigned(ecdh.computeSecret(uncompressed));
}

/** Contents of an INTEGER; the leading bit is the sign, and a negative number is never in range. */
function toInteger(contents: Uint8Array): bigint {
  const isNegative = contents.length === 0 || ((contents[0] ?? 0) & 0x80) !== 0;
  return isNegative ? -1n : toUnsigned(contents.length > 80 ? contents.subarray(0, 81) : contents);
}

const toUnsigned = (bytes: Uint8Array): bigint => BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);

const toBytes = (value: bigint, length: number): Buffer =>
  Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');
