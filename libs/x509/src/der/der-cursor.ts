import { CodedError } from '@cinnabar/core';

/** One element of a DER encoding. All byte arrays are views into the original bytes, never re-encoded copies. */
export interface DerElement {
  /** The identifier octet: class, constructed bit and tag number (X.690 8.1.2; tag numbers above 30 are refused). */
  readonly tag: number;
  readonly contents: Uint8Array;
  /** The whole element: identifier, length and contents. */
  readonly der: Uint8Array;
}

/** Lengths of five octets and more describe 4 GiB: nothing that this server reads. */
const MAX_LENGTH_OCTETS = 4;

/**
 * Reads the elements of one nesting level in order, by DER (X.690 10.1): definite lengths in their shortest form.
 * Descends only where its user calls `enter`, so hostile nesting costs nothing.
 *
 * Whatever is wrong with the bytes is an `invalid-parameter` whose public detail begins with `member`, the name by
 * which the caller knows the bytes.
 */
export class DerCursor {
  readonly #bytes: Uint8Array;
  readonly #member: string;
  #offset = 0;

  constructor(bytes: Uint8Array, member: string) {
    this.#bytes = bytes;
    this.#member = member;
  }

  get atEnd(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  /** The identifier octet of the next element, or undefined at the end. */
  peekTag(): number | undefined {
    return this.#bytes[this.#offset];
  }

  /** Takes the next element; with `expectedTag`, refuses any other. */
  next(expectedTag?: number): DerElement {
    const start = this.#offset;
    const tag = this.#octet(start);
    if ((tag & 0x1f) === 0x1f) this.fail('a tag number above 30');
    if (expectedTag !== undefined && tag !== expectedTag) {
      this.fail(`tag ${expectedTag.toString(16)} expected, ${tag.toString(16)} found`);
    }
    const { length, at } = this.#length(start + 1);
    const end = at + length;
    if (end > this.#bytes.length) this.fail('the encoding is cut off');
    this.#offset = end;
    return { tag, contents: this.#bytes.subarray(at, end), der: this.#bytes.subarray(start, end) };
  }

  /** Takes the next element if it has this tag. */
  optional(tag: number): DerElement | undefined {
    return this.peekTag() === tag ? this.next(tag) : undefined;
  }

  /** Takes the next element, which must have this tag, and reads on inside it. */
  enter(tag: number): DerCursor {
    return new DerCursor(this.next(tag).contents, this.#member);
  }

  /** Reads on inside an element that was already taken. */
  inside(element: DerElement): DerCursor {
    return new DerCursor(element.contents, this.#member);
  }

  /** Refuses bytes after the last element. */
  finish(): void {
    if (!this.atEnd) this.fail('unexpected bytes at the end');
  }

  fail(reason: string): never {
    throw new CodedError('invalid-parameter', `${this.#member}: not well-formed DER (${reason})`);
  }

  #octet(offset: number): number {
    return this.#bytes[offset] ?? this.fail('the encoding is cut off');
  }

  #length(offset: number): { length: number; at: number } {
    const first = this.#octet(offset);
    if (first < 0x80) return { length: first, at: offset + 1 };
    const octets = first & 0x7f;
    if (octets === 0) this.fail('an indefinite length');
    if (octets > MAX_LENGTH_OCTETS) this.fail('an absurd length');
    let length = 0;
    for (let index = 1; index <= octets; index++) length = length * 256 + this.#octet(offset + index);
    const shortest = length >= 0x80 && length >= 256 ** (octets - 1);
    if (!shortest) this.fail('a length that is not in its shortest form');
    return { length, at: offset + 1 + octets };
  }
}
