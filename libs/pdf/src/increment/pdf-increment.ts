import { CodedError, type Random } from '@cinnabar/core';
import type { PdfDocument } from '../document/pdf-document.ts';
import { MAX_OBJECT_NUMBER } from '../limits.ts';
import { GrowingBytes } from '../objects/growing-bytes.ts';
import { writeValue } from '../objects/object-writer.ts';
import { PdfDictionary, PdfReference, type PdfValue, type PdfVerbatim } from '../objects/pdf-object.ts';
import { endsWithEndOfLine } from '../xref/file-ends.ts';
import type { XrefEntry } from '../xref/xref.ts';
import { writeXrefStream, writeXrefTable, type WrittenXref } from './xref-writer.ts';

/** What is put behind a document. */
export interface WrittenIncrement {
  /** To be appended to the document as it is. */
  readonly bytes: Uint8Array;
  /** Where the verbatim values stand, in bytes from the beginning of the document. */
  readonly offsets: ReadonlyMap<PdfVerbatim, number>;
}

interface NewStream {
  readonly dictionary: PdfDictionary;
  readonly bytes: Uint8Array;
}

/**
 * Collects new and changed objects and writes them as an incremental update (ISO 32000-1 7.5.6): the document stays an
 * exact prefix, and nothing in the trailer changes but its size and its link to the section before.
 */
export class PdfIncrement {
  readonly #document: PdfDocument;
  readonly #random: Random;
  readonly #objects = new Map<number, { readonly reference: PdfReference; readonly content: PdfValue | NewStream }>();
  #nextNumber: number;

  /** @param random for the initialisation vectors of encrypted documents */
  constructor(document: PdfDocument, random: Random) {
    this.#document = document;
    this.#random = random;
    this.#nextNumber = firstFreeNumber(document);
  }

  /** A reference for a new object, which has to be given with `set` or `setStream`. */
  allocate(): PdfReference {
    if (this.#nextNumber > MAX_OBJECT_NUMBER)
      throw new CodedError('not-supported', 'document: no object number is left');
    return new PdfReference(this.#nextNumber++, 0);
  }

  /** Sets the content of a new object or the new content of an old one. */
  set(reference: PdfReference, content: PdfValue): void {
    this.#objects.set(reference.objectNumber, { reference, content });
  }

  /** A stream without filters; /Length is added. */
  setStream(reference: PdfReference, dictionary: PdfDictionary, bytes: Uint8Array): void {
    this.#objects.set(reference.objectNumber, { reference, content: { dictionary, bytes } });
  }

  /** The dictionary as it will be: changed here, or else as it is in the document. */
  dictionary(reference: PdfReference): PdfDictionary | undefined {
    const content = this.#objects.get(reference.objectNumber)?.content;
    return content instanceof PdfDictionary ? content : this.#document.dictionary(reference);
  }

  write(): WrittenIncrement {
    const { source, xref } = this.#document;
    const out = new GrowingBytes(16 * 1024);
    const offsets = new Map<PdfVerbatim, number>();
    const entries = new Map<number, XrefEntry>();
    if (!endsWithEndOfLine(source)) out.appendLatin1('\n');
    for (const [objectNumber, { reference, content }] of this.#objects) {
      const offset = source.length + out.length;
      entries.set(objectNumber, { kind: 'offset', offset, generation: reference.generation });
      this.#writeObject(out, reference, content, (verbatim, at) => offsets.set(verbatim, source.length + at));
    }
    this.#writeXref(out, entries, source.length - xref.base);
    return { bytes: out.toUint8Array(), offsets };
  }

  #writeObject(
    out: GrowingBytes,
    reference: PdfReference,
    content: PdfValue | NewStream,
    onVerbatim: (verbatim: PdfVerbatim, offset: number) => void,
  ): void {
    const { security } = this.#document;
    const encryptString = security && ((bytes: Uint8Array) => security.encryptString(reference, bytes, this.#random));
    const options = { onVerbatim, ...(encryptString && { encryptString }) };
    out.appendLatin1(`${reference.objectNumber} ${reference.generation} obj\n`);
    if (isNewStream(content)) {
      const { dictionary, bytes } = content;
      const encoded = security?.encryptStream(reference, dictionary, bytes, this.#random) ?? bytes;
      writeValue(out, dictionary.with({ Length: encoded.length }), options);
      out.appendLatin1('\nstream\n');
      out.append(encoded);
      out.appendLatin1('\nendstream');
    } else {
      writeValue(out, content, options);
    }
    out.appendLatin1('\nendobj\n');
  }

  #writeXref(out: GrowingBytes, updated: ReadonlyMap<number, XrefEntry>, documentLength: number): void {
    const { xref, trailer } = this.#document;
    // A repaired document has no section that could be linked to: the new one says where everything is.
    const isWhole = xref.startXref === undefined;
    const entries = isWhole ? new Map([...xref.entries, ...updated]) : updated;
    const written: WrittenXref = {
      entries,
      trailer,
      base: xref.base,
      size: this.#nextNumber,
      previous: xref.startXref,
      offset: documentLength + out.length,
    };
    if (xref.kind === 'stream') writeXrefStream(out, written);
    else writeXrefTable(out, written);
    out.appendLatin1(`startxref\n${written.offset}\n%%EOF\n`);
  }
}

/** One more than any number in use, and than any that the trailer says is in use (table 15, /Size). */
function firstFreeNumber(document: PdfDocument): number {
  const size = document.trailer.get('Size');
  const stated = typeof size === 'number' && Number.isInteger(size) && size > 0 && size <= MAX_OBJECT_NUMBER ? size : 1;
  let highest = stated - 1;
  for (const objectNumber of document.xref.entries.keys()) if (objectNumber > highest) highest = objectNumber;
  return highest + 1;
}

function isNewStream(content: PdfValue | NewStream): content is NewStream {
  return typeof content === 'object' && content !== null && 'dictionary' in content && 'bytes' in content;
}
