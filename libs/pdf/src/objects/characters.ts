/** Character classes (ISO 32000-1 7.2.2), as lookups by byte. The end of input, -1, is in none of them. */
const classOf = (characters: string): readonly boolean[] =>
  Array.from({ length: 256 }, (_, byte) => characters.includes(String.fromCharCode(byte)));

const WHITE_SPACE = classOf('\0\t\n\f\r ');
const DELIMITERS = classOf('()<>[]{}/%');

export const isWhiteSpace = (byte: number): boolean => WHITE_SPACE[byte] === true;
export const isDelimiter = (byte: number): boolean => DELIMITERS[byte] === true;
export const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
/** Neither white space nor delimiter nor the end. */
export const isRegular = (byte: number): boolean => byte >= 0 && !isWhiteSpace(byte) && !isDelimiter(byte);

/** Value of a hexadecimal digit, or -1. */
export function hexDigitValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

export const CARRIAGE_RETURN = 0x0d;
export const LINE_FEED = 0x0a;
