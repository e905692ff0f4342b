import type { PrivateKeyParts } from './pkcs8.ts';

/** A DER element before it is written: nothing is copied until all of it goes into the one buffer that is zeroed later. */
interface Element {
  readonly tag: number;
  readonly content: Uint8Array | readonly Element[];
  /** Octets of value 0 before the content. */
  readonly leadingZeros?: number;
}

const VERSION_0: Element = { tag: 0x02, content: Uint8Array.of(0) };
const VERSION_1: Element = { tag: 0x02, content: Uint8Array.of(1) };
/** AlgorithmIdentifier of rsaEncryption, its content (RFC 8017 A.1). */
const RSA_ENCRYPTION = Buffer.from('06092a864886f70d0101010500', 'hex');
const EC_PUBLIC_KEY = Buffer.from('2a8648ce3d0201', 'hex');

/** PrivateKeyInfo (RFC 5208) from its parts, in a buffer of its own, for the caller to zero. */
export function pkcs8Of(parts: PrivateKeyParts): Uint8Array<ArrayBuffer> {
  const privateKey = parts.keyType === 'RSA' ? rsaPrivateKey(parts) : ecPrivateKey(parts);
  const root = sequence(VERSION_0, algorithmOf(parts), { tag: 0x04, content: [privateKey] });
  const octets = new Uint8Array(lengthOf(root));
  write(root, octets, 0);
  return octets;
}

function algorithmOf(parts: PrivateKeyParts): Element {
  if (parts.keyType === 'RSA') return { tag: 0x30, content: RSA_ENCRYPTION };
  // The curve is a whole OBJECT IDENTIFIER already: its content without tag and length.
  return sequence({ tag: 0x06, content: EC_PUBLIC_KEY }, { tag: 0x06, content: parts.curveOidDer.subarray(2) });
}

function rsaPrivateKey(parts: Extract<PrivateKeyParts, { keyType: 'RSA' }>): Element {
  const integers = [
    parts.modulus,
    parts.publicExponent,
    parts.privateExponent,
    parts.prime1,
    parts.prime2,
    parts.exponent1,
    parts.exponent2,
    parts.coefficient,
  ];
  return sequence(VERSION_0, ...integers.map(unsignedInteger));
}

/** ECPrivateKey (RFC 5915) without the public key: whoever reads it can compute that. */
function ecPrivateKey(parts: Exclude<PrivateKeyParts, { keyType: 'RSA' }>): Element {
  return sequence(VERSION_1, { tag: 0x04, content: parts.scalar });
}

function sequence(...content: readonly Element[]): Element {
  return { tag: 0x30, content };
}

/** A zero octet in front where the number would look negative. */
function unsignedInteger(content: Uint8Array): Element {
  return { tag: 0x02, content, leadingZeros: (content[0] ?? 0) > 0x7f ? 1 : 0 };
}

function contentLength({ content, leadingZeros = 0 }: Element): number {
  if (content instanceof Uint8Array) return leadingZeros + content.length;
  return content.reduce((sum, each) => sum + lengthOf(each), 0);
}

function lengthOf(element: Element): number {
  const length = contentLength(element);
  return 1 + lengthOctets(length).length + length;
}

function lengthOctets(length: number): readonly number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

/** Returns the offset behind the element. */
function write(element: Element, octets: Uint8Array, offset: number): number {
  const { tag, content, leadingZeros = 0 } = element;
  const header = [tag, ...lengthOctets(contentLength(element))];
  octets.set(header, offset);
  const start = offset + header.length + leadingZeros;
  if (!(content instanceof Uint8Array)) return content.reduce((end, each) => write(each, octets, end), start);
  octets.set(content, start);
  return start + content.length;
}
