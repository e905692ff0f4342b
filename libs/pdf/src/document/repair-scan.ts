import { CodedError } from '@cinnabar/core';
import type { ByteSource } from '../byte-source.ts';
import { ObjectParser } from '../objects/object-parser.ts';
import { PdfDictionary, PdfName, type PdfObject, PdfStream } from '../objects/pdf-object.ts';
import { type Landmark, LandmarkFinder, type ScannedObject } from './landmark-finder.ts';
import type { LexingBudget } from './lexing-budget.ts';
import { findStreamEnd } from './stream-bytes.ts';

export interface RepairScan {
  /** In the order of the document: of two objects with one number the later one is the newer one. */
  readonly objects: readonly ScannedObject[];
  /** Trailers and dictionaries of cross-reference streams, in the order of the document. */
  readonly trailers: readonly PdfDictionary[];
  /** The object streams among the objects. */
  readonly objectStreams: readonly ScannedObject[];
}

/**
 * Looks through a whole document for `12 0 obj` and `trailer`, as readers do when the cross-reference is of no use.
 * Streams are stepped over, so that a document embedded in another is not taken for a part of it.
 */
export function scanForObjects(source: ByteSource, lexing: LexingBudget): RepairScan {
  const objects: ScannedObject[] = [];
  const objectStreams: ScannedObject[] = [];
  const trailers: PdfDictionary[] = [];
  const finder = new LandmarkFinder(source);
  let position = 0;
  for (let found = finder.next(position); found !== undefined; found = finder.next(position)) {
    position = found.end;
    const scanned = scanAt(source, found, lexing);
    if (!scanned) continue;
    position = Math.max(position, scanned.end);
    if (!found.header) {
      if (scanned.object instanceof PdfDictionary) trailers.push(scanned.object);
      continue;
    }
    objects.push(found.header);
    const type = scanned.object instanceof PdfStream ? scanned.object.dictionary.get('Type') : undefined;
    if (!(type instanceof PdfName) || !(scanned.object instanceof PdfStream)) continue;
    if (type.value === 'ObjStm') objectStreams.push(found.header);
    if (type.value === 'XRef') trailers.push(scanned.object.dictionary);
  }
  return { objects, trailers, objectStreams };
}

/** The object at a landmark and the absolute offset where looking goes on. */
function scanAt(
  source: ByteSource,
  { end }: Landmark,
  lexing: LexingBudget,
): { readonly object: PdfObject; readonly end: number } | undefined {
  const parser = new ObjectParser(source, end, { maxBytes: lexing.left });
  try {
    const object = parser.takeObject();
    if (!(object instanceof PdfStream)) {
      // An object that was never closed has swallowed what follows it: look there again.
      return { object, end: parser.takeKeyword('endobj') ? parser.position : end };
    }
    const length = object.dictionary.get('Length');
    return { object, end: findStreamEnd(source, object.dataOffset, typeof length === 'number' ? length : null) };
  } catch (error) {
    // What cannot be understood is stepped over; the objects behind it may be whole.
    if (CodedError.is(error, 'document-unreadable')) return { object: null, end };
    throw error;
  } finally {
    lexing.spend(parser.position - end);
  }
}
