export { type ByteSource, FileByteSource, MemoryByteSource } from './byte-source.ts';
export { type OpenOptions, PdfDocument } from './document/pdf-document.ts';
export { findFirstPage, type PageNode } from './document/page-tree.ts';
export { type FormField, listFields } from './document/form-fields.ts';
export type { DocumentPermissions } from './encryption/permissions.ts';
export {
  isPdfArray,
  PdfDictionary,
  PdfName,
  type PdfObject,
  PdfReference,
  PdfStream,
  PdfString,
  type PdfValue,
  PdfVerbatim,
} from './objects/pdf-object.ts';
export { dateString, textOf, textString } from './objects/text-string.ts';
export { PdfIncrement, type WrittenIncrement } from './increment/pdf-increment.ts';
export { anchorPage } from './increment/page-anchor.ts';
export { AppendedByteSource, type ByteRange, continueDigest, digestByteRange } from './signature/byte-range.ts';
export {
  createPlaceholder,
  fillByteRange,
  fillContents,
  type SignaturePlaceholder,
} from './signature/signature-placeholder.ts';
export type { Xref, XrefEntry, XrefKind } from './xref/xref.ts';
