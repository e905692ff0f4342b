import { CodedError } from '@cinnabar/core';
import { attributeTypeOf } from './name-syntax.ts';

/** One `type=value` of a written name: the type as dotted OID, the value without its escapes. */
export interface WrittenAttribute {
  readonly type: string;
  /** As it was written, for error texts. */
  readonly typeText: string;
  readonly value: string;
}

/** No name in use has more attributes; one that is made here is read here again. */
const MAX_ATTRIBUTES = 32;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a name as RFC 4514 writes it, and as this server prints it: most specific part first, parts joined by `,` or
 * `, `, the attributes of one part by `+`. Spaces around types and values do not count unless they are escaped.
 *
 * What is no such name is an `invalid-parameter` that begins with `member` and never quotes a value.
 */
export function readNameText(text: string, member: string): WrittenAttribute[][] {
  return new NameTextReader(text, member).read();
}

class NameTextReader {
  readonly #text: string;
  readonly #member: string;
  #offset = 0;
  #attributes = 0;

  constructor(text: string, member: string) {
    this.#text = text;
    this.#member = member;
  }

  read(): WrittenAttribute[][] {
    const relativeNames: WrittenAttribute[][] = [[]];
    for (;;) {
      relativeNames.at(-1)?.push(this.#readAttribute());
      const separator = this.#text[this.#offset++];
      if (separator === undefined) return relativeNames;
      if (separator === ',') relativeNames.push([]);
    }
  }

  #readAttribute(): WrittenAttribute {
    if (++this.#attributes > MAX_ATTRIBUTES) this.#fail(`has more than ${MAX_ATTRIBUTES} parts`);
    const equals = this.#text.indexOf('=', this.#offset);
    if (equals < 0) this.#fail('is not a name of the form CN=…, O=…, C=…');
    const typeText = this.#text.slice(this.#offset, equals).trim();
    const type = attributeTypeOf(typeText);
    // A type that is not known may be anything, also what its sender takes for a secret.
    if (type === undefined)
      this.#fail('names a type of attribute that is not known; another one may be given by its OID');
    this.#offset = equals + 1;
    return { type, typeText, value: this.#readValue(typeText) };
  }

  /** RFC 4514 3 `string`: up to a comma or plus sign that is not escaped. */
  #readValue(typeText: string): string {
    while (this.#text[this.#offset] === ' ') this.#offset += 1;
    if (this.#text[this.#offset] === '#') this.#fail(`${typeText} is written in hex; write it as text`);
    let value = '';
    // Spaces after this place are dropped, if nothing else comes.
    let kept = 0;
    for (;;) {
      const character = this.#text[this.#offset];
      if (character === undefined || character === ',' || character === '+') return value.slice(0, kept);
      if ('";<>'.includes(character)) this.#fail(`${typeText} holds " ; < or > without a backslash before it`);
      if (character === '\\') value += this.#readEscaped(typeText);
      else {
        value += character;
        this.#offset += 1;
        if (character === ' ') continue;
      }
      kept = value.length;
    }
  }

  /** `\` and a special character, or a run of `\` and two hexadecimal digits each, which are octets of UTF-8. */
  #readEscaped(typeText: string): string {
    const [run] = /^(?:\\[0-9A-Fa-f]{2})+/.exec(this.#text.slice(this.#offset, this.#offset + 4096)) ?? [];
    if (run === undefined) {
      const character = this.#text[this.#offset + 1];
      if (character === undefined || !' "#+,;<=>\\'.includes(character))
        this.#fail(`${typeText} holds a backslash before what needs none`);
      this.#offset += 2;
      return character;
    }
    this.#offset += run.length;
    try {
      return strictUtf8.decode(Buffer.from(run.replaceAll('\\', ''), 'hex'));
    } catch {
      return this.#fail(`${typeText} holds octets that are not UTF-8`);
    }
  }

  #fail(why: string): never {
    throw new CodedError('invalid-parameter', `${this.#member}: ${why}`);
  }
}
