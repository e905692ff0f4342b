import { XmlProblem } from './xml-element.ts';

const PREDEFINED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' };
/** `#x10FFFF` and `#1114111`, and as many zeros as fit: no reference is longer. */
const LONGEST = 8;
/** More than any writing has characters that are in use. */
const MOST_DIFFERENT = 20_000;
const REFERENCE = /^(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|(lt|gt|amp|apos|quot))$/;

/** XML 1.0 section 2.2: characters that no document has, not even by reference. */
const FORBIDDEN_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/**
 * A carriage return that a reference made: a literal one is a line end (section 2.11) where this is one. No document has this
 * character, and to base64 it is white space like the other.
 */
export const REFERRED_RETURN = '\u000b';

/** Replaces the references of one message, so many and no more. */
export class References {
  private left: number;
  /** The same few come over and over, once a line of a document that some clients write. */
  private readonly known = new Map<string, string>();

  constructor(limit: number) {
    this.left = limit;
  }

  /**
   * Replaces character references and the five predefined entities (XML 1.0 sections 4.1 and 4.6). There are no others, as there is
   * no document type declaration.
   *
   * @param octets of UTF-8, each as one character
   * @returns the same, with {@link REFERRED_RETURN}
   * @throws XmlProblem for any other `&`, and beyond the limit
   */
  decode(octets: string): string {
    let at = octets.indexOf('&');
    if (at < 0) return octets;
    const pieces: string[] = [];
    let from = 0;
    for (; at >= 0; at = octets.indexOf('&', from)) {
      if (--this.left < 0) throw new XmlProblem('the message has too many references');
      const reference = octets.slice(at + 1, endOf(octets, at));
      if (at > from) pieces.push(octets.slice(from, at));
      pieces.push(this.octetsOf(reference));
      from = at + reference.length + 2;
    }
    pieces.push(octets.slice(from));
    return pieces.join('');
  }

  private octetsOf(reference: string): string {
    const known = this.known.get(reference);
    if (known !== undefined) return known;
    const character = characterNamed(reference);
    if (this.known.size >= MOST_DIFFERENT) throw new XmlProblem('the message has too many different references');
    const octets = character === '\r' ? REFERRED_RETURN : Buffer.from(character).toString('latin1');
    this.known.set(reference, octets);
    return octets;
  }
}

/** Offset of the semicolon of the reference that begins at `at`. */
function endOf(text: string, at: number): number {
  for (let index = at + 1; index <= at + 1 + LONGEST; index += 1) if (text.charCodeAt(index) === 0x3b) return index;
  throw notPredefined();
}

function characterNamed(reference: string): string {
  const [all, decimal, hexadecimal, entity] = REFERENCE.exec(reference) ?? [];
  if (all === undefined) throw notPredefined();
  if (entity !== undefined) return PREDEFINED[entity] ?? '';
  return characterOf(decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal));
}

function characterOf(code: number): string {
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  const character = code <= 0x10ffff && !isSurrogate ? String.fromCodePoint(code) : '';
  if (character === '' || FORBIDDEN_CHARACTER.test(character))
    throw new XmlProblem('there is a reference to a character that XML does not have');
  return character;
}

function notPredefined(): XmlProblem {
  return new XmlProblem('there is an entity that is not predefined, or an & by itself');
}
