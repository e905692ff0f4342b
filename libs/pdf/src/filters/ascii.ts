import { hexDigitValue } from '../objects/characters.ts';
import { GrowingBytes } from '../objects/growing-bytes.ts';

/** ASCIIHexDecode (ISO 32000-1 7.4.2). */
export function decodeAsciiHex(encoded: Uint8Array): Uint8Array {
  const out = new GrowingBytes(encoded.length >> 1);
  let high = -1;
  for (const byte of encoded) {
    if (byte === 0x3e) break;
    const digit = hexDigitValue(byte);
    if (digit < 0) continue;
    if (high >= 0) out.push(high * 16 + digit);
    high = high < 0 ? digit : -1;
  }
  if (high >= 0) out.push(high * 16);
  return out.toUint8Array();
}

/** ASCII85Decode (ISO 32000-1 7.4.3). Characters that are none of its own are skipped. */
export function decodeAscii85(encoded: Uint8Array): Uint8Array {
  const out = new GrowingBytes(encoded.length);
  let group: number[] = [];
  for (const byte of encoded) {
    if (byte === 0x7e) break;
    if (byte === 0x7a && group.length === 0) {
      for (let count = 0; count < 4; count++) out.push(0);
    } else if (byte >= 0x21 && byte <= 0x75) {
      group.push(byte - 0x21);
      if (group.length === 5) {
        pushGroup(out, group, 4);
        group = [];
      }
    }
  }
  // A last group of n characters, filled up with `u`, gives n - 1 bytes.
  if (group.length > 1) pushGroup(out, [...group, 84, 84, 84, 84].slice(0, 5), group.length - 1);
  return out.toUint8Array();
}

function pushGroup(out: GrowingBytes, group: readonly number[], length: number): void {
  const value = group.reduce((sum, digit) => sum * 85 + digit, 0);
  for (let index = 0; index < length; index++) out.push(Math.floor(value / 256 ** (3 - index)) & 0xff);
}
