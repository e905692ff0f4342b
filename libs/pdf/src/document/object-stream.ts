import { type ByteSource, MemoryByteSource } from '../byte-source.ts';
import { ObjectParser } from '../objects/object-parser.ts';
import { type PdfDictionary, PdfReference, type PdfValue } from '../objects/pdf-object.ts';
import { unreadable } from '../unreadable.ts';

/** An object stream, decoded (ISO 32000-1 7.5.7). */
export class ObjectStream {
  /** /Extends: where objects that are not here may be. */
  readonly extends: PdfReference | undefined;
  readonly #source: ByteSource;
  /** Object numbers and absolute offsets in the decoded bytes, in the order of the stream. */
  readonly #objects: readonly (readonly [objectNumber: number, offset: number])[];

  /** @param count, first: /N and /First, references followed */
  constructor(dictionary: PdfDictionary, bytes: Uint8Array, count: number, first: number) {
    const parent = dictionary.get('Extends');
    this.extends = parent instanceof PdfReference ? parent : undefined;
    this.#source = new MemoryByteSource(bytes);
    const parser = new ObjectParser(this.#source, 0);
    const objects: [number, number][] = [];
    while (objects.length < count && parser.position < first) {
      const objectNumber = parser.takeInteger();
      const offset = parser.takeInteger();
      if (objectNumber === undefined || offset === undefined) break;
      objects.push([objectNumber, first + offset]);
    }
    this.#objects = objects;
  }

  get objectNumbers(): readonly number[] {
    return this.#objects.map(([objectNumber]) => objectNumber);
  }

  /** @param index where the cross-reference says that it stands; if another object stands there, the number decides */
  get(objectNumber: number, index: number): { readonly value: PdfValue; readonly lexedBytes: number } | undefined {
    const stated = this.#objects[index];
    const found = stated?.[0] === objectNumber ? stated : this.#objects.find(([number]) => number === objectNumber);
    if (!found) return undefined;
    if (found[1] > this.#source.length) throw unreadable('an object stream is damaged');
    const parser = new ObjectParser(this.#source, found[1]);
    const value = parser.takeValue();
    return { value, lexedBytes: parser.position - found[1] };
  }
}
