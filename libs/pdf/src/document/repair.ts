import { CodedError } from '@cinnabar/core';
import { MAX_OBJECT_NUMBER } from '../limits.ts';
import { PdfDictionary, PdfName, PdfReference } from '../objects/pdf-object.ts';
import type { Xref, XrefEntry } from '../xref/xref.ts';
import { dictionaryOf, type ObjectStore } from './object-store.ts';
import type { RepairScan } from './repair-scan.ts';

/** Entries of trailers that a repaired document needs. */
const TRAILER_KEYS = ['Root', 'Encrypt', 'ID', 'Info'] as const;

/** The cross-reference of what a scan found outside object streams; newer objects replace older ones. */
export function xrefOfScan({ objects, trailers }: RepairScan, base: number): Xref {
  const entries = new Map<number, XrefEntry>();
  for (const { objectNumber, offset, generation } of objects) {
    entries.set(objectNumber, { kind: 'offset', offset, generation });
  }
  // The last trailer that says something counts, key by key: a damaged document may have lost the one that said all.
  const trailer = new PdfDictionary(
    trailers.flatMap((each) => TRAILER_KEYS.map((key) => [key, each.get(key) ?? null] as const)).filter(isStated),
  );
  return { entries, trailer, kind: 'table', startXref: undefined, base };
}

const isStated = ([, value]: readonly [string, unknown]): boolean => value !== null;

/**
 * Adds the objects in object streams. They can be read only now, when the store knows how to decrypt them. An object
 * stream is as new as its place in the document says.
 */
export function addCompressedObjects(store: ObjectStore, { objectStreams }: RepairScan): void {
  const { xref } = store;
  const entries = new Map(xref.entries);
  for (const { objectNumber: streamNumber, offset } of objectStreams) {
    const streamEntry = entries.get(streamNumber);
    if (streamEntry?.kind !== 'offset' || streamEntry.offset !== offset) continue;
    const stream = store.objectStream(streamNumber);
    stream?.objectNumbers.forEach((objectNumber, index) => {
      if (objectNumber < 1 || objectNumber > MAX_OBJECT_NUMBER) return;
      const known = entries.get(objectNumber);
      if (known?.kind === 'offset' && known.offset > offset) return;
      entries.set(objectNumber, { kind: 'compressed', streamNumber, index });
    });
  }
  // A table has no room for compressed objects (7.5.4).
  const isAnyCompressed = [...entries.values()].some(({ kind }) => kind === 'compressed');
  if (isAnyCompressed) store.xref = { ...xref, entries, kind: 'stream' };
}

/** The catalog of a repaired document: what the trailer says, or else the last object that calls itself a catalog. */
export function findCatalog(store: ObjectStore): PdfReference | undefined {
  const { trailer, entries } = store.xref;
  const root = trailer.get('Root');
  if (root instanceof PdfReference && isCatalog(store, root)) return root;
  let latest: { readonly reference: PdfReference; readonly offset: number } | undefined;
  for (const [objectNumber, entry] of entries) {
    const reference = new PdfReference(objectNumber, entry.kind === 'offset' ? entry.generation : 0);
    const offset = offsetOf(store, entry);
    if (latest && latest.offset > offset) continue;
    if (callsItselfCatalog(store, reference) && isCatalog(store, reference)) latest = { reference, offset };
  }
  return latest?.reference;
}

/** Damaged objects are looked at too: they are none. */
function callsItselfCatalog(store: ObjectStore, reference: PdfReference): boolean {
  try {
    const type = dictionaryOf(store, reference)?.get('Type');
    return type instanceof PdfName && type.value === 'Catalog';
  } catch (error) {
    if (CodedError.is(error, 'document-unreadable') && store.lexing.isLeft) return false;
    throw error;
  }
}

/** Readers ask a catalog for its page tree and do not mind its /Type. */
export function isCatalog(store: ObjectStore, reference: PdfReference): boolean {
  return dictionaryOf(store, dictionaryOf(store, reference)?.get('Pages')) !== undefined;
}

function offsetOf(store: ObjectStore, entry: XrefEntry): number {
  if (entry.kind !== 'compressed') return entry.kind === 'offset' ? entry.offset : -1;
  const stream = store.xref.entries.get(entry.streamNumber);
  return stream?.kind === 'offset' ? stream.offset : -1;
}
