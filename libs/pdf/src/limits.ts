/**
 * Bounds on what a document can make this library do. They are far above what real documents need and far below what
 * hurts a server; a document beyond them is `document-unreadable`.
 */

/** Indirect objects of a document; ISO 32000-1 Annex C.2 names this number as the limit of older readers. */
export const MAX_OBJECT_NUMBER = 8_388_607;
/** Entries that are kept of all cross-reference sections together; each costs about 100 bytes of memory. */
export const MAX_XREF_ENTRIES = 2_000_000;
/** Cross-reference sections, one for each incremental update. */
export const MAX_XREF_SECTIONS = 10_000;
/** Dictionaries and arrays inside each other. */
export const MAX_NESTING = 200;
/** Values in one object, those of nested dictionaries and arrays included. */
export const MAX_OBJECT_VALUES = 500_000;
/** Decoded length of one stream. Only streams with structure are ever decoded, never images. */
export const MAX_DECODED_BYTES = 64 * 1024 * 1024;
/** Decoded length of all streams of a document together. */
export const MAX_DECODED_BYTES_TOTAL = 256 * 1024 * 1024;
/** Filters of one stream. */
export const MAX_FILTERS = 8;
/** References that lead to references. */
export const MAX_REFERENCE_HOPS = 32;
/** Nodes of the page tree that are looked at on the way to the first page. */
export const MAX_PAGE_TREE_NODES = 100_000;
/** Fields of a form. */
export const MAX_FORM_FIELDS = 200_000;

/**
 * Bytes of syntax that may be read in all: objects that overlap would make the work quadratic otherwise. Most of a large
 * document is in streams, which are not read as syntax.
 */
export function maxLexedBytes(sourceLength: number): number {
  return 8 * 1024 * 1024 + sourceLength / 8;
}

/** Places that look like objects or trailers, in a document that is looked through because its cross-reference is damaged. */
export function maxLandmarks(sourceLength: number): number {
  return 50_000 + sourceLength / 1024;
}
