import { CodedError } from '@cinnabar/core';
import { DerReader } from './der-reader.ts';
import type { KeyType } from './protected-key.ts';

/** What the token needs of a private key. All members are views of the caller's PKCS#8 buffer: zero that, and they are gone. */
export type PrivateKeyParts = RsaParts | EcParts;

/** RSAPrivateKey (RFC 8017 A.1.2), unsigned big-endian integers. */
export interface RsaParts {
  readonly keyType: 'RSA';
  readonly modulus: Uint8Array;
  readonly publicExponent: Uint8Array;
  readonly privateExponent: Uint8Array;
  readonly prime1: Uint8Array;
  readonly prime2: Uint8Array;
  readonly exponent1: Uint8Array;
  readonly exponent2: Uint8Array;
  readonly coefficient: Uint8Array;
}

/** ECPrivateKey (RFC 5915) on a named curve. */
export interface EcParts {
  readonly keyType: Exclude<KeyType, 'RSA'>;
  /** The curve's OBJECT IDENTIFIER, whole DER. */
  readonly curveOidDer: Uint8Array;
  /** The private scalar, big-endian, at the length of the curve's order. */
  readonly scalar: Uint8Array;
}

const SEQUENCE = 0x30;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;

const RSA_ENCRYPTION = '2a864886f70d010101';
const EC_PUBLIC_KEY = '2a8648ce3d0201';

interface Curve {
  readonly keyType: EcParts['keyType'];
  /** Octets of the order, and of a coordinate. */
  readonly length: number;
}

const CURVES: Readonly<Record<string, Curve>> = {
  '2a8648ce3d030107': { keyType: 'EC-P256', length: 32 },
  '2b81040022': { keyType: 'EC-P384', length: 48 },
  '2b81040023': { keyType: 'EC-P521', length: 66 },
};

const MINIMUM_MODULUS_BITS = 2_048;
const MAXIMUM_MODULUS_BITS = 4_096;
/** Verifying costs what the public exponent costs; FIPS 186-5 5.4 stops at the same size. */
const MAXIMUM_PUBLIC_EXPONENT_BITS = 256;

/**
 * Takes a PrivateKeyInfo (RFC 5208, RFC 5958) apart without copying: node:crypto could only hand the parts out as
 * strings, which cannot be zeroed.
 * @throws CodedError `invalid-parameter` when it cannot be read, `not-supported` for other algorithms, curves and sizes
 */
export function readPkcs8(privateKeyPkcs8Der: Uint8Array): PrivateKeyParts {
  try {
    const outer = new DerReader(privateKeyPkcs8Der);
    const fields = new DerReader(outer.read(SEQUENCE));
    fields.readUnsigned();
    const algorithm = new DerReader(fields.read(SEQUENCE));
    const oid = hex(algorithm.read(OBJECT_IDENTIFIER));
    if (oid === RSA_ENCRYPTION) return readRsa(fields.read(OCTET_STRING));
    if (oid === EC_PUBLIC_KEY) return readEc(algorithm, fields.read(OCTET_STRING));
  } catch (error) {
    if (CodedError.is(error)) throw error;
    throw new CodedError('invalid-parameter', 'private key: cannot be read', { cause: error });
  }
  throw new CodedError('not-supported', 'private key: only RSA and EC keys are taken into custody');
}

function readRsa(rsaPrivateKeyDer: Uint8Array): RsaParts {
  const fields = new DerReader(new DerReader(rsaPrivateKeyDer).read(SEQUENCE));
  const version = fields.readUnsigned();
  const parts: RsaParts = {
    keyType: 'RSA',
    modulus: fields.readUnsigned(),
    publicExponent: fields.readUnsigned(),
    privateExponent: fields.readUnsigned(),
    prime1: fields.readUnsigned(),
    prime2: fields.readUnsigned(),
    exponent1: fields.readUnsigned(),
    exponent2: fields.readUnsigned(),
    coefficient: fields.readUnsigned(),
  };
  const modulusBits = bitLength(parts.modulus);
  if (modulusBits < MINIMUM_MODULUS_BITS || modulusBits > MAXIMUM_MODULUS_BITS) {
    throw new CodedError('not-supported', `private key: RSA of ${modulusBits} bits, 2048 to 4096 are supported`);
  }
  if (version[0] !== 0 || bitLength(parts.publicExponent) > MAXIMUM_PUBLIC_EXPONENT_BITS) {
    throw new CodedError('not-supported', 'private key: RSA with more than two primes or a huge public exponent');
  }
  return parts;
}

function readEc(algorithm: DerReader, ecPrivateKeyDer: Uint8Array): EcParts {
  // Explicit curve parameters are refused: a SEQUENCE stands where the name is expected.
  const oid = algorithm.nextIs(OBJECT_IDENTIFIER) ? algorithm.read(OBJECT_IDENTIFIER) : undefined;
  const curve = oid === undefined ? undefined : CURVES[hex(oid)];
  if (oid === undefined || curve === undefined) {
    throw new CodedError('not-supported', 'private key: only the curves P-256, P-384 and P-521 are supported');
  }
  const fields = new DerReader(new DerReader(ecPrivateKeyDer).read(SEQUENCE));
  fields.readUnsigned();
  const scalar = fields.read(OCTET_STRING);
  if (scalar.length !== curve.length) throw new RangeError('ECPrivateKey has another length than its curve');
  return { keyType: curve.keyType, curveOidDer: Uint8Array.of(OBJECT_IDENTIFIER, oid.length, ...oid), scalar };
}

function bitLength(unsigned: Uint8Array): number {
  return unsigned.length * 8 - Math.clz32(unsigned[0] ?? 0) + 24;
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex');
}
