/** What an organisation asks of a PIN. Lengths are characters (Unicode code points) of the PIN's form NFC, as custody takes it. */
export interface PinRules {
  readonly minLength: number;
  /** At least one letter, of any script. */
  readonly letters: boolean;
  /** At least one decimal digit. */
  readonly digits: boolean;
  /** At least one character that is neither letter nor number. */
  readonly symbols: boolean;
  /** At least so many different characters. */
  readonly distinct: number;
}

const LETTER = /\p{L}/u;
const DIGIT = /\p{Nd}/u;
const SYMBOL = /[^\p{L}\p{M}\p{N}\s]/u;

/** What a PIN lacks, as the end of "a PIN …"; undefined for one that will do. */
export function shortcomingOf(pin: string, rules: PinRules): string | undefined {
  // UTF-8 knows no halves of surrogate pairs: each becomes U+FFFD, and PINs of them would all be the same one.
  if (!pin.isWellFormed()) return 'has whole characters only (Unicode)';
  const characters = Array.from(pin.normalize('NFC'));
  if (characters.length < rules.minLength) return `has at least ${rules.minLength} characters`;
  if (rules.letters && !LETTER.test(pin)) return 'holds at least one letter';
  if (rules.digits && !DIGIT.test(pin)) return 'holds at least one digit';
  if (rules.symbols && !SYMBOL.test(pin)) return 'holds at least one character that is neither letter nor digit';
  if (new Set(characters).size < rules.distinct) return `has at least ${rules.distinct} different characters`;
  return undefined;
}
