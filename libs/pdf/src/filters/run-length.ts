import { GrowingBytes } from '../objects/growing-bytes.ts';
import { tooLarge } from './decode-budget.ts';

const END_OF_DATA = 128;

/** RunLengthDecode (ISO 32000-1 7.4.5). */
export function decodeRunLength(encoded: Uint8Array, limit: number): Uint8Array {
  const out = new GrowingBytes(1024);
  let position = 0;
  for (;;) {
    const length = encoded[position++];
    if (length === undefined || length === END_OF_DATA) return out.toUint8Array();
    if (length < END_OF_DATA) {
      out.append(encoded.subarray(position, position + length + 1));
      position += length + 1;
    } else {
      const byte = encoded[position++];
      if (byte !== undefined) out.append(new Uint8Array(257 - length).fill(byte));
    }
    if (out.length > limit) throw tooLarge();
  }
}
