import type { ByteCursor } from './byte-cursor.ts';
import { CARRIAGE_RETURN, hexDigitValue, isDigit, isRegular, LINE_FEED } from './characters.ts';
import { PdfName } from './pdf-object.ts';
import { GrowingBytes } from './growing-bytes.ts';

/** Takes a name (7.3.5) from its slash on. `#` that is not followed by two digits stands for itself. */
export function takeName(cursor: ByteCursor): PdfName {
  cursor.take();
  let name = '';
  while (isRegular(cursor.peek())) {
    const byte = cursor.take();
    const high = byte === 0x23 ? hexDigitValue(cursor.peek()) : -1;
    const low = high < 0 ? -1 : hexDigitValue(cursor.peek(1));
    if (low < 0) {
      name += String.fromCharCode(byte);
    } else {
      cursor.position += 2;
      name += String.fromCharCode(high * 16 + low);
    }
  }
  return new PdfName(name);
}

/**
 * Takes a number (7.3.3). What follows a number without white space, as in `12-34` or `1.2.3`, is dropped, and signs
 * may be repeated: both occur in real files and are read so elsewhere.
 */
export function takeNumber(cursor: ByteCursor): number {
  let sign = 1;
  while (cursor.peek() === 0x2b || cursor.peek() === 0x2d) if (cursor.take() === 0x2d) sign = -1;
  let value = 0;
  while (isDigit(cursor.peek())) value = value * 10 + cursor.take() - 0x30;
  if (cursor.peek() === 0x2e) {
    cursor.take();
    let digits = '';
    while (isDigit(cursor.peek())) digits += String.fromCharCode(cursor.take());
    if (digits !== '') value = Number(`${value}.${digits.slice(0, 15)}`);
  }
  while (isRegular(cursor.peek())) cursor.take();
  return Number.isFinite(value) ? sign * value : 0;
}

/** Takes a hexadecimal string (7.3.4.3); an odd last digit is followed by an implied 0. */
export function takeHexString(cursor: ByteCursor): Uint8Array {
  cursor.take();
  const bytes = new GrowingBytes();
  let high = -1;
  for (let byte = cursor.take(); byte >= 0 && byte !== 0x3e; byte = cursor.take()) {
    const digit = hexDigitValue(byte);
    if (digit < 0) continue;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push(high * 16 + digit);
      high = -1;
    }
  }
  if (high >= 0) bytes.push(high * 16);
  return bytes.toUint8Array();
}

const ESCAPES: Readonly<Record<number, number>> = { 0x6e: 0x0a, 0x72: 0x0d, 0x74: 0x09, 0x62: 0x08, 0x66: 0x0c };

/** Takes a literal string (7.3.4.2). */
export function takeLiteralString(cursor: ByteCursor): Uint8Array {
  cursor.take();
  const bytes = new GrowingBytes();
  let open = 1;
  for (let byte = cursor.take(); byte >= 0; byte = cursor.take()) {
    if (byte === 0x5c) {
      takeEscape(cursor, bytes);
      continue;
    }
    if (byte === 0x28) open++;
    else if (byte === 0x29 && --open === 0) break;
    if (byte === CARRIAGE_RETURN) {
      // An end of line in a string is one LF, however it is written.
      if (cursor.peek() === LINE_FEED) cursor.take();
      bytes.push(LINE_FEED);
    } else {
      bytes.push(byte);
    }
  }
  return bytes.toUint8Array();
}

function takeEscape(cursor: ByteCursor, bytes: GrowingBytes): void {
  const byte = cursor.take();
  if (byte >= 0x30 && byte <= 0x37) {
    let code = byte - 0x30;
    for (let count = 0; count < 2 && cursor.peek() >= 0x30 && cursor.peek() <= 0x37; count++) {
      code = code * 8 + cursor.take() - 0x30;
    }
    bytes.push(code & 0xff);
  } else if (byte === CARRIAGE_RETURN) {
    if (cursor.peek() === LINE_FEED) cursor.take();
  } else if (byte >= 0 && byte !== LINE_FEED) {
    bytes.push(ESCAPES[byte] ?? byte);
  }
}
