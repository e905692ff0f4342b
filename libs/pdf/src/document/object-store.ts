import { CodedError } from '@cinnabar/core';
import type { ByteSource } from '../byte-source.ts';
import type { SecurityHandler } from '../encryption/security-handler.ts';
import { DecodeBudget } from '../filters/decode-budget.ts';
import { decodeFilters, filtersOf } from '../filters/filter-chain.ts';
import { MAX_REFERENCE_HOPS } from '../limits.ts';
import { ObjectParser } from '../objects/object-parser.ts';
import {
  isPdfArray,
  PdfDictionary,
  type PdfObject,
  PdfReference,
  PdfStream,
  type PdfValue,
} from '../objects/pdf-object.ts';

import type { Xref, XrefEntry } from '../xref/xref.ts';
import { LexingBudget } from './lexing-budget.ts';
import { ObjectStream } from './object-stream.ts';
import { readEncodedBytes } from './stream-bytes.ts';

/** Finds and reads indirect objects, one by one, when they are asked for. */
export class ObjectStore {
  readonly source: ByteSource;
  readonly decoding = new DecodeBudget();
  readonly lexing: LexingBudget;
  /** Set once the trailer has been read; until then nothing is decrypted. */
  security: SecurityHandler | undefined;
  /** Called once when an object is not where the cross-reference says: gives the cross-reference of the repaired document. */
  onDamage: (() => void) | undefined;
  #xref: Xref;
  readonly #objects = new Map<string, PdfObject>();
  readonly #objectStreams = new Map<number, ObjectStream | undefined>();
  readonly #inProgress = new Set<string>();

  constructor(source: ByteSource, xref: Xref) {
    this.source = source;
    this.lexing = new LexingBudget(source.length);
    this.#xref = xref;
  }

  get xref(): Xref {
    return this.#xref;
  }

  /** Forgets what was read by the cross-reference before. */
  set xref(xref: Xref) {
    this.#xref = xref;
    this.forget();
  }

  forget(): void {
    this.#objects.clear();
    this.#objectStreams.clear();
  }

  /** Follows references. What is not there is null (7.3.10), and so is an object that leads to itself. */
  readonly resolve = (value: PdfValue | undefined): PdfObject => {
    let object: PdfObject = value ?? null;
    for (let hops = 0; object instanceof PdfReference; hops++) {
      if (hops > MAX_REFERENCE_HOPS) return null;
      object = this.get(object);
    }
    return object;
  };

  get(reference: PdfReference): PdfObject {
    const key = `${reference.objectNumber} ${reference.generation}`;
    const known = this.#objects.get(key);
    if (known !== undefined) return known;
    // The length of a stream, above all, may lead back to the stream itself.
    if (this.#inProgress.has(key)) return null;
    this.#inProgress.add(key);
    try {
      const object = this.#read(reference);
      this.#objects.set(key, object);
      return object;
    } finally {
      this.#inProgress.delete(key);
    }
  }

  /** Decrypted and decoded bytes of a stream. */
  decode(stream: PdfStream, owner: PdfReference): Uint8Array {
    const encoded = readEncodedBytes(this.source, stream, this.resolve);
    const decrypted = this.security?.decryptStream(owner, stream.dictionary, encoded) ?? encoded;
    return decodeFilters(decrypted, filtersOf(stream.dictionary, this.resolve), this.resolve, this.decoding);
  }

  /** The object stream with this number; undefined where there is none that can be read. */
  objectStream(streamNumber: number): ObjectStream | undefined {
    if (!this.#objectStreams.has(streamNumber)) {
      this.#objectStreams.set(streamNumber, undefined);
      this.#objectStreams.set(streamNumber, this.#readObjectStream(streamNumber));
    }
    return this.#objectStreams.get(streamNumber);
  }

  #read(reference: PdfReference): PdfObject {
    const entry = this.#xref.entries.get(reference.objectNumber);
    const object = entry && this.#readEntry(reference, entry);
    if (object !== undefined || entry === undefined || !this.onDamage) return object ?? null;
    const repair = this.onDamage;
    this.onDamage = undefined;
    repair();
    const repaired = this.#xref.entries.get(reference.objectNumber);
    return (repaired && this.#readEntry(reference, repaired)) ?? null;
  }

  /** undefined: the object is not where the entry says, so the entry is wrong. */
  #readEntry(reference: PdfReference, entry: XrefEntry): PdfObject | undefined {
    switch (entry.kind) {
      case 'free':
        return null;
      case 'compressed':
        return reference.generation === 0 ? this.#readCompressed(reference, entry) : null;
      case 'offset':
        return reference.generation === entry.generation ? this.#readAt(reference, entry.offset) : null;
    }
  }

  #readAt(reference: PdfReference, offset: number): PdfObject | undefined {
    const { security } = this;
    const options = security ? { decryptString: (bytes: Uint8Array) => security.decryptString(reference, bytes) } : {};
    const parser = new ObjectParser(this.source, offset, { ...options, maxBytes: this.lexing.left });
    const header = parser.takeObjectHeader();
    if (header?.objectNumber !== reference.objectNumber) return undefined;
    try {
      return parser.takeObject();
    } finally {
      this.lexing.spend(parser.position - offset);
    }
  }

  #readCompressed(
    { objectNumber }: PdfReference,
    { streamNumber, index }: Extract<XrefEntry, { kind: 'compressed' }>,
  ): PdfObject | undefined {
    const visited = new Set<number>();
    for (let next: number | undefined = streamNumber; next !== undefined && !visited.has(next);) {
      visited.add(next);
      const stream: ObjectStream | undefined = this.objectStream(next);
      const found = stream?.get(objectNumber, index);
      if (found) {
        this.lexing.spend(found.lexedBytes);
        return found.value;
      }
      next = stream?.extends?.objectNumber;
    }
    return undefined;
  }

  #readObjectStream(streamNumber: number): ObjectStream | undefined {
    const owner = this.#ownerOf(streamNumber);
    const stream = owner && this.get(owner);
    if (!owner || !(stream instanceof PdfStream)) return undefined;
    const count = this.resolve(stream.dictionary.get('N'));
    const first = this.resolve(stream.dictionary.get('First'));
    if (typeof count !== 'number' || typeof first !== 'number') return undefined;
    try {
      return new ObjectStream(stream.dictionary, this.decode(stream, owner), count, first);
    } catch (error) {
      // A damaged stream is as good as none: its objects are looked for elsewhere.
      if (CodedError.is(error, 'document-unreadable') && this.decoding.limit > 0) return undefined;
      throw error;
    }
  }

  /** Object streams have generation 0 (7.5.7); an encrypted one is decrypted by the number that it has. */
  #ownerOf(streamNumber: number): PdfReference | undefined {
    const entry = this.#xref.entries.get(streamNumber);
    return entry?.kind === 'offset' ? new PdfReference(streamNumber, entry.generation) : undefined;
  }
}

/** What `value` is once references are followed, if it is of that type; undefined otherwise. */
export function dictionaryOf(
  store: Pick<ObjectStore, 'resolve'>,
  value: PdfValue | undefined,
): PdfDictionary | undefined {
  const object = store.resolve(value);
  return object instanceof PdfDictionary ? object : undefined;
}

export function arrayOf(
  store: Pick<ObjectStore, 'resolve'>,
  value: PdfValue | undefined,
): readonly PdfValue[] | undefined {
  const object = store.resolve(value);
  return isPdfArray(object) ? object : undefined;
}
