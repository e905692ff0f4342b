import { contextConstructed, TAG } from './tags.ts';

/** One DER element with the given identifier octet; the parts are its contents, one after the other. */
export function encodeElement(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const header = encodeHeader(tag, length);
  const element = new Uint8Array(header.length + length);
  element.set(header);
  let offset = header.length;
  for (const part of parts) {
    element.set(part, offset);
    offset += part.length;
  }
  return element;
}

export const encodeSequence = (...parts: readonly Uint8Array[]): Uint8Array => encodeElement(TAG.sequence, ...parts);

export const encodeOctetString = (bytes: Uint8Array): Uint8Array => encodeElement(TAG.octetString, bytes);

/** A BIT STRING of whole octets. */
export const encodeBitString = (bytes: Uint8Array): Uint8Array => encodeElement(TAG.bitString, Uint8Array.of(0), bytes);

export const encodeNull = (): Uint8Array => Uint8Array.of(TAG.null, 0);

/** `[number] EXPLICIT`, or `[number] IMPLICIT` around the contents of a constructed type. */
export const encodeContext = (number: number, ...parts: readonly Uint8Array[]): Uint8Array =>
  encodeElement(contextConstructed(number), ...parts);

/** A non-negative INTEGER. */
export function encodeInteger(value: number | bigint): Uint8Array {
  const hex = value.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  const magnitude = Buffer.from(even, 'hex');
  const signOctet = (magnitude[0] ?? 0) & 0x80 ? [Uint8Array.of(0)] : [];
  return encodeElement(TAG.integer, ...signOctet, magnitude);
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function encodeObjectIdentifier(dotted: string): Uint8Array {
  const [root = 0n, second = 0n, ...rest] = dotted.split('.').map((arc) => BigInt(arc));
  const octets = [root * 40n + second, ...rest].flatMap((arc) => {
    const groups = [Number(arc & 0x7fn)];
    for (let left = arc >> 7n; left > 0n; left >>= 7n) groups.unshift(Number(left & 0x7fn) | 0x80);
    return groups;
  });
  return encodeElement(TAG.objectIdentifier, Uint8Array.from(octets));
}

/** A `Time`: UTCTime through the year 2049, GeneralizedTime from 2050 on (RFC 5280 4.1.2.5, RFC 5652 11.3). */
export function encodeTime(at: Date): Uint8Array {
  const digits = at
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:T]/g, '');
  const year = at.getUTCFullYear();
  return year >= 1950 && year < 2050
    ? encodeElement(TAG.utcTime, Buffer.from(digits.slice(2), 'latin1'))
    : encodeElement(TAG.generalizedTime, Buffer.from(digits, 'latin1'));
}

function encodeHeader(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length);
  const octets: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) octets.unshift(left % 256);
  return Uint8Array.of(tag, 0x80 | octets.length, ...octets);
}
