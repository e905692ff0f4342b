/**
 * The object types of ISO 32000-1 7.3. Booleans, numbers and null are JavaScript's own; arrays are arrays. All are
 * immutable: an update makes a new object.
 */
export type PdfValue =
  null | boolean | number | PdfName | PdfString | PdfReference | PdfDictionary | PdfVerbatim | readonly PdfValue[];

/** What an object number stands for: streams are always indirect (7.3.8.1). */
export type PdfObject = PdfValue | PdfStream;

/** Is it an array? `Array.isArray` does not narrow read-only arrays. */
export function isPdfArray(value: PdfObject | undefined): value is readonly PdfValue[] {
  return Array.isArray(value);
}

/** A name (7.3.5), with its `#xx` escapes resolved: each character is one byte (Latin-1). */
export class PdfName {
  readonly value: string;

  constructor(value: string) {
    this.value = value;
  }
}

/** A string (7.3.4), decoded and decrypted. */
export class PdfString {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** A reference to an indirect object (7.3.10). */
export class PdfReference {
  readonly objectNumber: number;
  readonly generation: number;

  constructor(objectNumber: number, generation: number) {
    this.objectNumber = objectNumber;
    this.generation = generation;
  }

  equals(other: PdfReference): boolean {
    return this.objectNumber === other.objectNumber && this.generation === other.generation;
  }
}

/** A dictionary (7.3.7). A key whose value is null is the same as a key that is not there. */
export class PdfDictionary {
  readonly entries: ReadonlyMap<string, PdfValue>;

  /** Of two entries with the same key the later one counts. */
  constructor(entries: Iterable<readonly [string, PdfValue]> = []) {
    const map = new Map<string, PdfValue>();
    for (const [key, value] of entries) {
      if (value === null) map.delete(key);
      else map.set(key, value);
    }
    this.entries = map;
  }

  /** The entries of `record`; those that are undefined are left out. */
  static of(record: Readonly<Record<string, PdfValue | undefined>>): PdfDictionary {
    return new PdfDictionary(
      Object.entries(record).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    );
  }

  /** The value as it stands there; a reference is not followed. */
  get(key: string): PdfValue | undefined {
    return this.entries.get(key);
  }

  has(key: string): boolean {
    return this.entries.has(key);
  }

  /** The same dictionary with these entries set; null removes one. */
  with(changes: Readonly<Record<string, PdfValue>>): PdfDictionary {
    return new PdfDictionary([...this.entries, ...Object.entries(changes)]);
  }

  without(...keys: readonly string[]): PdfDictionary {
    return new PdfDictionary([...this.entries].filter(([key]) => !keys.includes(key)));
  }
}

/** A stream (7.3.8) as it was found: its bytes stay where they are until somebody decodes them. */
export class PdfStream {
  readonly dictionary: PdfDictionary;
  /** Absolute offset of the first byte after the line of the keyword `stream`. */
  readonly dataOffset: number;

  constructor(dictionary: PdfDictionary, dataOffset: number) {
    this.dictionary = dictionary;
    this.dataOffset = dataOffset;
  }
}

/**
 * Bytes that are written as they are, never encrypted: the value of a signature dictionary's /Contents and /ByteRange,
 * which are filled in after the file has been laid out. Never comes out of a parser.
 */
export class PdfVerbatim {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}
