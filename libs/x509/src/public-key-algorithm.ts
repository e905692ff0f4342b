import { DerCursor } from './der/der-cursor.ts';
import { takeObjectIdentifier, takeOctetsOfBitString } from './der/der-values.ts';
import { TAG } from './der/tags.ts';

/** What a SubjectPublicKeyInfo says about its key. */
export interface PublicKeyAlgorithm {
  /** `RSA`, `RSASSA-PSS`, `EC`, `Ed25519`, `Ed448`, `DSA`, or the dotted OID of another. */
  readonly name: string;
  /** Bits of the RSA modulus or of the curve's field; undefined for other algorithms. */
  readonly keySizeBits: number | undefined;
  /** NIST or Brainpool name of a named curve, or its dotted OID. */
  readonly curve: string | undefined;
}

const KEY_ALGORITHMS: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.1': 'RSA',
  '1.2.840.113549.1.1.10': 'RSASSA-PSS',
  '1.2.840.10045.2.1': 'EC',
  '1.2.840.10040.4.1': 'DSA',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
};

const CURVES: Readonly<Record<string, { readonly name: string; readonly bits: number }>> = {
  '1.2.840.10045.3.1.7': { name: 'P-256', bits: 256 },
  '1.3.132.0.34': { name: 'P-384', bits: 384 },
  '1.3.132.0.35': { name: 'P-521', bits: 521 },
  '1.3.132.0.10': { name: 'secp256k1', bits: 256 },
  '1.3.36.3.3.2.8.1.1.7': { name: 'brainpoolP256r1', bits: 256 },
  '1.3.36.3.3.2.8.1.1.11': { name: 'brainpoolP384r1', bits: 384 },
  '1.3.36.3.3.2.8.1.1.13': { name: 'brainpoolP512r1', bits: 512 },
};

/** Bounds that keep one verification short whatever the certificate says (OpenSSL's own modulus limit is the same). */
const MAX_MODULUS_BITS = 16_384;
const MAX_EXPONENT_BITS = 64;

/** Reads a SubjectPublicKeyInfo (RFC 5280 4.1.2.7; RFC 3279 2.3.1, RFC 5480 2.1.1, RFC 8410 3). */
export function readPublicKeyAlgorithm(subjectPublicKeyInfoDer: Uint8Array, member: string): PublicKeyAlgorithm {
  const outer = new DerCursor(subjectPublicKeyInfoDer, member);
  const info = outer.enter(TAG.sequence);
  outer.finish();
  const algorithm = info.enter(TAG.sequence);
  const oid = takeObjectIdentifier(algorithm);
  const key = takeOctetsOfBitString(info);
  info.finish();
  const name = KEY_ALGORITHMS[oid] ?? oid;
  switch (name) {
    case 'RSA':
    case 'RSASSA-PSS':
      return { name, keySizeBits: readRsaModulusBits(key, member), curve: undefined };
    case 'EC':
      return { name, ...readNamedCurve(algorithm) };
    default:
      return { name, keySizeBits: undefined, curve: undefined };
  }
}

/** RSAPublicKey (RFC 8017 A.1.1) → size of its modulus in bits. */
function readRsaModulusBits(rsaPublicKeyDer: Uint8Array, member: string): number {
  const outer = new DerCursor(rsaPublicKeyDer, member);
  const key = outer.enter(TAG.sequence);
  const modulusBits = bitLength(key.next(TAG.integer).contents);
  const exponentBits = bitLength(key.next(TAG.integer).contents);
  key.finish();
  if (modulusBits > MAX_MODULUS_BITS || exponentBits > MAX_EXPONENT_BITS) outer.fail('an RSA key of absurd size');
  return modulusBits;
}

function readNamedCurve(algorithm: DerCursor): { keySizeBits: number | undefined; curve: string | undefined } {
  // Explicit curve parameters (RFC 5480 2.1.1 forbids them) are not looked at: the key stays unusable here.
  if (algorithm.peekTag() !== TAG.objectIdentifier) return { keySizeBits: undefined, curve: undefined };
  const oid = takeObjectIdentifier(algorithm);
  const curve = CURVES[oid];
  return { keySizeBits: curve?.bits, curve: curve?.name ?? oid };
}

function bitLength(integerContents: Uint8Array): number {
  const first = integerContents.findIndex((octet) => octet !== 0);
  const leading = integerContents[first];
  return leading === undefined ? 0 : (integerContents.length - first) * 8 - (Math.clz32(leading) - 24);
}
