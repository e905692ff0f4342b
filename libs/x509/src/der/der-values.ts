import type { DerCursor } from './der-cursor.ts';
import { TAG } from './tags.ts';

/** Two to the 46th: below this an arc of an OID can take another seven bits and stay an exact number. */
const EXACT_ARC_LIMIT = 2 ** 46;
/** The longest OID in use (2.25.<UUID>) has 20 octets; X.660 sets no limit, so this is ours. */
const MAX_OID_OCTETS = 64;

/** Takes an OBJECT IDENTIFIER and gives its dotted form, e.g. `2.5.4.3`. */
export function takeObjectIdentifier(cursor: DerCursor): string {
  return decodeObjectIdentifier(cursor.next(TAG.objectIdentifier).contents) ?? cursor.fail('an invalid OID');
}

/** Contents octets of an OBJECT IDENTIFIER (X.690 8.19) → dotted form, or undefined where they are not valid. */
export function decodeObjectIdentifier(contents: Uint8Array): string | undefined {
  if (contents.length === 0 || contents.length > MAX_OID_OCTETS) return undefined;
  if ((contents.at(-1) ?? 0x80) & 0x80) return undefined;
  const arcs: (number | bigint)[] = [];
  let arc: number | bigint = 0;
  for (const octet of contents) {
    const bits = octet & 0x7f;
    if (typeof arc === 'number') arc = arc < EXACT_ARC_LIMIT ? arc * 128 + bits : BigInt(arc) * 128n + BigInt(bits);
    else arc = arc * 128n + BigInt(bits);
    if (octet & 0x80) continue;
    arcs.push(arc);
    arc = 0;
  }
  const [first = 0, ...rest] = arcs;
  const root = first < 40 ? 0 : first < 80 ? 1 : 2;
  const second = typeof first === 'bigint' ? first - BigInt(root * 40) : first - root * 40;
  return [root, second, ...rest].join('.');
}

/** Takes an INTEGER that must be small and not negative, such as a version or a path length. */
export function takeSmallInteger(cursor: DerCursor): number {
  const { contents } = cursor.next(TAG.integer);
  if (contents.length === 0 || contents.length > 4 || (contents[0] ?? 0x80) & 0x80) {
    cursor.fail('an INTEGER out of range');
  }
  return contents.reduce((value, octet) => value * 256 + octet, 0);
}

/** Takes a BOOLEAN. DER says FF for true; certificates with 01 exist and are read as every other reader does. */
export function takeBoolean(cursor: DerCursor): boolean {
  const { contents } = cursor.next(TAG.boolean);
  if (contents.length !== 1) cursor.fail('an invalid BOOLEAN');
  return contents[0] !== 0;
}

/** Takes a BIT STRING. `bytes` is what follows the octet that counts the unused bits. */
export function takeBitString(cursor: DerCursor): { readonly bytes: Uint8Array; readonly unusedBits: number } {
  const { contents } = cursor.next(TAG.bitString);
  const unusedBits = contents[0];
  if (unusedBits === undefined || unusedBits > 7 || (contents.length === 1 && unusedBits > 0)) {
    cursor.fail('an invalid BIT STRING');
  }
  return { bytes: contents.subarray(1), unusedBits };
}

/** Takes a BIT STRING that carries whole octets: a key or a signature. */
export function takeOctetsOfBitString(cursor: DerCursor): Uint8Array {
  const { bytes, unusedBits } = takeBitString(cursor);
  if (unusedBits !== 0) cursor.fail('a BIT STRING that does not end on an octet');
  return bytes;
}

/** Takes a `Time` (RFC 5280 4.1.2.5). Old certificates without seconds or with an offset are read too (X.680 47). */
export function takeTime(cursor: DerCursor): Date {
  const { tag, contents } = cursor.next();
  const text = Buffer.from(contents.buffer, contents.byteOffset, Math.min(contents.byteLength, 32)).toString('latin1');
  const pattern =
    tag === TAG.utcTime
      ? /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{4})$/
      : tag === TAG.generalizedTime
        ? /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:\.\d+)?(Z|[+-]\d{4})$/
        : cursor.fail('not a time');
  const match = pattern.exec(text);
  if (match === null || contents.byteLength > 32) cursor.fail('an invalid time');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part: string | undefined) => Number(part ?? 0));
  // RFC 5280 4.1.2.5.1: a two-digit year below 50 is in this century.
  const fullYear = tag === TAG.utcTime ? year + (year < 50 ? 2000 : 1900) : year;
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) {
    cursor.fail('an invalid time');
  }
  const time = new Date(0);
  time.setUTCFullYear(fullYear, month - 1, day);
  time.setUTCHours(hour, minute - offsetMinutes(match[7] ?? 'Z'), second);
  return time;
}

function offsetMinutes(zone: string): number {
  if (zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5));
  return zone.startsWith('-') ? -minutes : minutes;
}
