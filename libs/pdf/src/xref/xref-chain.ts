import { CodedError } from '@cinnabar/core';
import type { ByteSource } from '../byte-source.ts';
import { type DecodeBudget } from '../filters/decode-budget.ts';
import { MAX_XREF_ENTRIES, MAX_XREF_SECTIONS } from '../limits.ts';
import { ObjectParser } from '../objects/object-parser.ts';
import { PdfDictionary, PdfStream } from '../objects/pdf-object.ts';
import { decodePlainStream } from '../document/stream-bytes.ts';
import { unreadable } from '../unreadable.ts';
import { findStartXref } from './file-ends.ts';
import type { Xref, XrefEntry, XrefSection } from './xref.ts';
import { readXrefStream } from './xref-stream.ts';
import { readXrefTable } from './xref-table.ts';

/** Entries of the trailer that an older section may supply where the newest one forgot them. */
const TRAILER_KEYS = ['Root', 'Encrypt', 'ID', 'Info'] as const;

/**
 * Follows the cross-reference sections from `startxref` back through /Prev, and /XRefStm of hybrid files.
 * @param headerOffset where the header stands; offsets count from there, or from the beginning of the source
 * @returns undefined where the chain is unusable in any of its links: then the document has to be repaired
 */
export function readXrefChain(source: ByteSource, headerOffset: number, budget: DecodeBudget): Xref | undefined {
  const startXref = findStartXref(source);
  if (startXref === undefined) return undefined;
  for (const base of headerOffset > 0 ? [headerOffset, 0] : [0]) {
    try {
      return new ChainReader(source, base, budget).read(startXref);
    } catch (error) {
      if (!CodedError.is(error, 'document-unreadable')) throw error;
    }
  }
  return undefined;
}

class ChainReader {
  readonly #source: ByteSource;
  readonly #base: number;
  readonly #budget: DecodeBudget;
  readonly #entries = new Map<number, XrefEntry>();
  #room = MAX_XREF_ENTRIES;

  constructor(source: ByteSource, base: number, budget: DecodeBudget) {
    this.#source = source;
    this.#base = base;
    this.#budget = budget;
  }

  read(startXref: number): Xref {
    let newest: XrefSection | undefined;
    let trailer = new PdfDictionary();
    const visited = new Set<number>();
    let next: number | undefined = startXref;
    // A loop of /Prev ends where it began.
    while (next !== undefined && !visited.has(next)) {
      visited.add(next);
      if (visited.size > MAX_XREF_SECTIONS) throw unreadable('it has too many cross-reference sections');
      const section = this.#readSection(next);
      newest ??= section;
      trailer = newest === section ? section.trailer : withMissing(trailer, section.trailer);
      this.#addSection(section);
      const previous = section.trailer.get('Prev');
      next = typeof previous === 'number' && previous > 0 ? previous : undefined;
    }
    if (!newest || !trailer.has('Root')) throw unreadable('its trailer names no catalog');
    return { entries: this.#entries, trailer, kind: newest.kind, startXref, base: this.#base };
  }

  /** Newer sections come first: an object that is known stays as it is. */
  #addSection(section: XrefSection): void {
    const hybridOffset = section.kind === 'table' ? section.trailer.get('XRefStm') : undefined;
    const hidden = typeof hybridOffset === 'number' ? this.#readHybridStream(hybridOffset) : undefined;
    for (const [objectNumber, entry] of section.entries) {
      // 7.5.8.4: what a table calls free may be hidden from old readers, in the section's cross-reference stream.
      const actual = entry.kind === 'free' ? (hidden?.get(objectNumber) ?? entry) : entry;
      if (!this.#entries.has(objectNumber)) this.#entries.set(objectNumber, actual);
    }
    for (const [objectNumber, entry] of hidden ?? []) {
      if (!this.#entries.has(objectNumber)) this.#entries.set(objectNumber, entry);
    }
    this.#room = MAX_XREF_ENTRIES - this.#entries.size;
  }

  #readHybridStream(offset: number): ReadonlyMap<number, XrefEntry> {
    return this.#readStream(new ObjectParser(this.#source, offset + this.#base)).entries;
  }

  #readSection(offset: number): XrefSection {
    const parser = new ObjectParser(this.#source, offset + this.#base);
    if (parser.takeKeyword('xref')) return readXrefTable(this.#source, parser, this.#base, this.#room);
    return this.#readStream(parser);
  }

  #readStream(parser: ObjectParser): XrefSection {
    const stream = parser.takeObjectHeader() && parser.takeObject();
    if (!(stream instanceof PdfStream)) throw unreadable('a cross-reference section is not where it should be');
    const bytes = decodePlainStream(this.#source, stream, this.#budget);
    return readXrefStream(stream.dictionary, bytes, this.#base, this.#room);
  }
}

function withMissing(trailer: PdfDictionary, older: PdfDictionary): PdfDictionary {
  const missing = TRAILER_KEYS.filter((key) => !trailer.has(key)).map((key) => [key, older.get(key) ?? null] as const);
  return missing.length === 0 ? trailer : trailer.with(Object.fromEntries(missing));
}
