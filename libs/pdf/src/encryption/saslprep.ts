/** Non-ASCII spaces, mapped to a space (RFC 3454 C.1.2). */
const SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;
/** Commonly mapped to nothing (RFC 3454 B.1). */
const NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu;
/** Control characters, private use, surrogates, non-characters, tags and the like (RFC 3454 C.2 to C.9). */
const PROHIBITED =
  /[\p{Cc}\p{Co}\p{Cs}\u06dd\u070f\u180e\u200e\u200f\u2028-\u202e\u2061-\u2063\u206a-\u206f\u2ff0-\u2ffb\ufdd0-\ufdef\ufff9-\uffff\u0340\u0341]|[\u{1d173}-\u{1d17a}]|[\u{e0000}-\u{e007f}]/u;

/** SASLprep (RFC 4013 2), as ISO 32000-2 applies it to passwords; undefined where the profile prohibits a character. */
export function saslPrep(password: string): string | undefined {
  // B.1 has U+200B too, C.1.2 lists it among the spaces: RFC 4013 2.1 maps spaces first.
  const prepared = password.replace(SPACES, ' ').replace(NOTHING, '').normalize('NFKC');
  return PROHIBITED.test(prepared) ? undefined : prepared;
}
