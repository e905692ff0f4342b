import type { Random } from '@cinnabar/core';

const RANGE = 2 ** 32;

/** A number of so many decimal digits (at most 9), each as likely as any other, as text. */
export function randomDigits(random: Random, digits: number): string {
  const codes = 10 ** digits;
  // What is beyond the last whole multiple would make small codes likelier than great ones.
  const limit = RANGE - (RANGE % codes);
  for (;;) {
    const number = Buffer.from(random.bytes(4)).readUInt32BE();
    if (number < limit) return String(number % codes).padStart(digits, '0');
  }
}
