import type { ByteSource } from '../byte-source.ts';
import { MAX_NESTING, MAX_OBJECT_VALUES } from '../limits.ts';
import { unreadable } from '../unreadable.ts';
import { ByteCursor } from './byte-cursor.ts';
import { CARRIAGE_RETURN, isDelimiter, isDigit, isRegular, LINE_FEED } from './characters.ts';
import { takeName, takeNumber, takeHexString, takeLiteralString } from './lexer.ts';
import { PdfDictionary, type PdfObject, PdfReference, PdfStream, PdfString, type PdfValue } from './pdf-object.ts';

export interface ParserOptions {
  /** Applied to each string; left out where strings are not encrypted. */
  readonly decryptString?: (bytes: Uint8Array) => Uint8Array;
  /** How far it may read on, in about so many bytes: an object may be as long as the document. */
  readonly maxBytes?: number;
}

/** The header of an indirect object (7.3.10): `12 0 obj`. */
export interface ObjectHeader {
  readonly objectNumber: number;
  readonly generation: number;
}

/** Keywords at which an unfinished dictionary or array ends: its writer forgot to close it. */
const ENDS_OF_OBJECT = new Set(['obj', 'endobj', 'stream', 'endstream', 'xref', 'trailer', 'startxref']);

/**
 * Reads objects (ISO 32000-1 7.3) from a position in a source. As readers do, it forgives what can be understood
 * (unknown words, unclosed dictionaries); what cannot is `document-unreadable`.
 */
export class ObjectParser {
  readonly #cursor: ByteCursor;
  readonly #decryptString: ((bytes: Uint8Array) => Uint8Array) | undefined;
  #values = 0;

  constructor(source: ByteSource, position: number, { decryptString, maxBytes }: ParserOptions = {}) {
    this.#cursor = new ByteCursor(source, position, maxBytes);
    this.#decryptString = decryptString;
  }

  /** Absolute offset of the next byte that has not been read. */
  get position(): number {
    return this.#cursor.position;
  }

  set position(position: number) {
    this.#cursor.position = position;
  }

  /** Takes `12 0 obj`, or nothing: then the position stays. */
  takeObjectHeader(): ObjectHeader | undefined {
    const start = this.position;
    const objectNumber = this.takeInteger();
    const generation = objectNumber === undefined ? undefined : this.takeInteger();
    if (objectNumber !== undefined && generation !== undefined && this.takeKeyword('obj')) {
      return { objectNumber, generation };
    }
    this.position = start;
    return undefined;
  }

  /** Takes an unsigned integer; the position stays where there is none. */
  takeInteger(): number | undefined {
    const start = this.position;
    this.#cursor.skipWhiteSpace();
    const integer = this.#takeDigits();
    if (integer === undefined) this.position = start;
    return integer;
  }

  takeKeyword(keyword: string): boolean {
    const start = this.position;
    this.#cursor.skipWhiteSpace();
    if (this.#cursor.takeKeyword(keyword)) return true;
    this.position = start;
    return false;
  }

  /** The object after a header, or the next value anywhere else. */
  takeObject(): PdfObject {
    const value = this.takeValue();
    if (!(value instanceof PdfDictionary) || !this.takeKeyword('stream')) return value;
    // 7.3.8.1: CR LF or LF. A lone CR is forgiven; it cannot be told from data, so only a wrong file has it.
    if (this.#cursor.peek() === CARRIAGE_RETURN) this.position++;
    if (this.#cursor.peek() === LINE_FEED) this.position++;
    return new PdfStream(value, this.position);
  }

  takeValue(depth = 0): PdfValue {
    if (depth > MAX_NESTING) throw unreadable('objects are nested too deeply');
    if (++this.#values > MAX_OBJECT_VALUES) throw unreadable('an object has too many values');
    const cursor = this.#cursor;
    cursor.skipWhiteSpace();
    const byte = cursor.peek();
    switch (byte) {
      case 0x2f: // /
        return takeName(cursor);
      case 0x28: // (
        return this.#string(takeLiteralString(cursor));
      case 0x5b: // [
        return this.#takeArray(depth);
      case 0x3c: // <
        return cursor.peek(1) === 0x3c ? this.#takeDictionary(depth) : this.#string(takeHexString(cursor));
      case -1:
        throw unreadable('it ends in the middle of an object');
      default:
        if (isDigit(byte)) return this.#takeReference() ?? takeNumber(cursor);
        if (byte === 0x2b || byte === 0x2d || byte === 0x2e) return takeNumber(cursor);
        return this.#takeWord();
    }
  }

  #string(bytes: Uint8Array): PdfString {
    return new PdfString(this.#decryptString ? this.#decryptString(bytes) : bytes);
  }

  #takeArray(depth: number): readonly PdfValue[] {
    const items: PdfValue[] = [];
    this.position++;
    for (;;) {
      this.#cursor.skipWhiteSpace();
      const byte = this.#cursor.peek();
      if (byte === 0x5d) {
        this.position++;
        return items;
      }
      if (this.#isEndOfObject(byte)) return items;
      items.push(this.takeValue(depth + 1));
    }
  }

  #takeDictionary(depth: number): PdfDictionary {
    const entries: [string, PdfValue][] = [];
    this.position += 2;
    for (;;) {
      this.#cursor.skipWhiteSpace();
      const byte = this.#cursor.peek();
      if (byte === 0x3e) {
        this.position += this.#cursor.peek(1) === 0x3e ? 2 : 1;
        return new PdfDictionary(entries);
      }
      if (this.#isEndOfObject(byte)) return new PdfDictionary(entries);
      if (byte === 0x2f) {
        const key = takeName(this.#cursor).value;
        this.#cursor.skipWhiteSpace();
        // A key without a value, at the end of its dictionary.
        const next = this.#cursor.peek();
        const isValueMissing = next === 0x3e || this.#isEndOfObject(next);
        entries.push([key, isValueMissing ? null : this.takeValue(depth + 1)]);
      } else {
        // Something that is no key: readers step over it.
        this.takeValue(depth + 1);
      }
    }
  }

  /** `12 0 R`; the position stays where it is not one. */
  #takeReference(): PdfReference | undefined {
    const start = this.position;
    const objectNumber = this.#takeDigits();
    const generation = objectNumber === undefined ? undefined : this.takeInteger();
    if (objectNumber !== undefined && generation !== undefined) {
      this.#cursor.skipWhiteSpace();
      if (this.#cursor.peek() === 0x52 && !isRegular(this.#cursor.peek(1))) {
        this.position++;
        return new PdfReference(objectNumber, generation);
      }
    }
    this.position = start;
    return undefined;
  }

  /** Digits up to a delimiter or white space; at most ten, which holds every object number and offset. */
  #takeDigits(): number | undefined {
    const start = this.position;
    let integer = 0;
    while (isDigit(this.#cursor.peek())) integer = integer * 10 + this.#cursor.take() - 0x30;
    const length = this.position - start;
    if (length > 0 && length <= 20 && Number.isSafeInteger(integer)) return integer;
    this.position = start;
    return undefined;
  }

  /** true, false, null; any other word counts as null. */
  #takeWord(): PdfValue {
    const word = this.#peekWord();
    // A stray delimiter, as `)` or `}`.
    this.position += Math.max(1, word.length);
    if (word === 'true') return true;
    return word === 'false' ? false : null;
  }

  #isEndOfObject(byte: number): boolean {
    if (byte < 0) return true;
    return byte >= 0x61 && !isDelimiter(byte) && ENDS_OF_OBJECT.has(this.#peekWord());
  }

  #peekWord(): string {
    let word = '';
    for (let byte = this.#cursor.peek(); isRegular(byte) && word.length < 128; byte = this.#cursor.peek(word.length)) {
      word += String.fromCharCode(byte);
    }
    return word;
  }
}
