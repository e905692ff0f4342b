import type { PdfDictionary } from '../objects/pdf-object.ts';

/** Where an object is (ISO 32000-1 7.5.4 and table 18). */
export type XrefEntry =
  | { readonly kind: 'free' }
  /** At an absolute offset of the source. */
  | { readonly kind: 'offset'; readonly offset: number; readonly generation: number }
  /** In an object stream; its generation is 0. */
  | { readonly kind: 'compressed'; readonly streamNumber: number; readonly index: number };

/** How the newest cross-reference section is written; an update is written the same way (7.5.8.4 for hybrid files). */
export type XrefKind = 'table' | 'stream';

/** What the cross-reference sections of a document say together. */
export interface Xref {
  readonly entries: ReadonlyMap<number, XrefEntry>;
  /** The newest trailer, or the dictionary of the newest cross-reference stream. */
  readonly trailer: PdfDictionary;
  readonly kind: XrefKind;
  /** What /Prev of an update has to say: the offset as the document counts; undefined for a document without a usable chain. */
  readonly startXref: number | undefined;
  /** Absolute offset from which the document counts its own offsets. */
  readonly base: number;
}

/** One section, as read. */
export interface XrefSection {
  readonly kind: XrefKind;
  readonly trailer: PdfDictionary;
  readonly entries: ReadonlyMap<number, XrefEntry>;
}
