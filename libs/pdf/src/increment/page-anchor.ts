import type { PageNode } from '../document/page-tree.ts';
import type { PdfDocument } from '../document/pdf-document.ts';
import { PdfDictionary, type PdfReference, type PdfValue } from '../objects/pdf-object.ts';
import type { PdfIncrement } from './pdf-increment.ts';

/**
 * A reference to a page, by which it can be changed. A page that stands directly in its parent's /Kids gets a number of
 * its own first, and so do the nodes above it where they need one.
 *
 * @param path from the root of the page tree to the page, as `findFirstPage` gives it
 */
export function anchorPage(document: PdfDocument, increment: PdfIncrement, path: readonly PageNode[]): PdfReference {
  const node = path.at(-1);
  if (node?.reference) return node.reference;
  const reference = increment.allocate();
  increment.set(reference, node?.dictionary ?? new PdfDictionary());
  const parents = path.slice(0, -1);
  if (parents.length === 0) {
    const catalog = increment.dictionary(document.catalogReference) ?? document.catalog;
    increment.set(document.catalogReference, catalog.with({ Pages: reference }));
  } else {
    const parentReference = anchorPage(document, increment, parents);
    const parent = increment.dictionary(parentReference) ?? new PdfDictionary();
    replaceKid(document, increment, { parentReference, parent, kidIndex: node?.kidIndex ?? 0 }, reference);
  }
  return reference;
}

interface Place {
  readonly parentReference: PdfReference;
  readonly parent: PdfDictionary;
  readonly kidIndex: number;
}

function replaceKid(
  document: PdfDocument,
  increment: PdfIncrement,
  { parentReference, parent, kidIndex }: Place,
  kid: PdfReference,
): void {
  const kids = (document.array(parent.get('Kids')) ?? []).map((each, index): PdfValue =>
    index === kidIndex ? kid : each,
  );
  increment.set(parentReference, parent.with({ Kids: kids }));
}
