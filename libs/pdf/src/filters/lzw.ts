import { GrowingBytes } from '../objects/growing-bytes.ts';
import { unreadable } from '../unreadable.ts';
import { tooLarge } from './decode-budget.ts';

const CLEAR_TABLE = 256;
const END_OF_DATA = 257;
const FIRST_FREE_CODE = 258;
const TABLE_SIZE = 4096;

/**
 * LZWDecode (ISO 32000-1 7.4.4.2).
 * @param earlyChange codes grow one entry early (1, the default of the format) or not (0)
 */
export function decodeLzw(encoded: Uint8Array, limit: number, earlyChange: number): Uint8Array {
  const out = new GrowingBytes(1024);
  // Each entry is a run of bytes that was already written: where it starts and how long it is.
  const starts = new Int32Array(TABLE_SIZE);
  const lengths = new Int32Array(TABLE_SIZE);
  let nextCode = FIRST_FREE_CODE;
  let width = 9;
  let previous: { start: number; length: number } | undefined;
  let bits = 0;
  let bitCount = 0;
  let position = 0;
  for (;;) {
    while (bitCount < width) {
      const byte = encoded[position++];
      if (byte === undefined) return out.toUint8Array();
      bits = ((bits << 8) | byte) & 0xffffff;
      bitCount += 8;
    }
    const code = (bits >> (bitCount - width)) & ((1 << width) - 1);
    bitCount -= width;
    if (code === END_OF_DATA) return out.toUint8Array();
    if (code === CLEAR_TABLE) {
      nextCode = FIRST_FREE_CODE;
      width = 9;
      previous = undefined;
      continue;
    }
    const start = out.length;
    if (code < CLEAR_TABLE) {
      out.push(code);
    } else if (code < nextCode) {
      copyRun(out, starts[code] ?? 0, lengths[code] ?? 0);
    } else if (code === nextCode && previous) {
      copyRun(out, previous.start, previous.length);
      out.append(out.toUint8Array().slice(previous.start, previous.start + 1));
    } else {
      throw unreadable('an LZW stream is damaged');
    }
    if (out.length > limit) throw tooLarge();
    if (previous && nextCode < TABLE_SIZE) {
      // The previous run and the first byte of this one stand next to each other in the output.
      starts[nextCode] = previous.start;
      lengths[nextCode] = previous.length + 1;
      nextCode++;
    }
    previous = { start, length: out.length - start };
    while (width < 12 && nextCode + earlyChange >= 1 << width) width++;
  }
}

function copyRun(out: GrowingBytes, start: number, length: number): void {
  out.append(out.toUint8Array().slice(start, start + length));
}
