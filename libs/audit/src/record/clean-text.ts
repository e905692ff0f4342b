/**
 * Control characters (C0, DEL, C1), line and paragraph separators, and the marks that turn the direction of text
 * (Unicode UAX #9): with them a caller could break a log line in two or make a record read as another.
 */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/g;

/** Nearly every text is this, and needs no second look. */
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

const REPLACEMENT = '\ufffd';

/**
 * Text of a caller's, fit for a record: one line, well-formed Unicode, at most `maxLength` characters (code points), the
 * last of them an ellipsis where something was cut. Time and memory depend on `maxLength`, not on what was sent.
 */
export function cleanText(text: string, maxLength: number): string {
  if (text.length <= maxLength && PRINTABLE_ASCII.test(text)) return text;
  // A code point takes two UTF-16 units at most; one more tells that there was more.
  const head = text.slice(0, 2 * maxLength + 1);
  const points = Array.from(head.toWellFormed());
  const kept = points.length > maxLength ? [...points.slice(0, maxLength - 1), '…'] : points;
  return kept.join('').replace(UNSAFE, REPLACEMENT);
}
