import { MAX_PAGE_TREE_NODES } from '../limits.ts';
import { PdfDictionary, PdfName, PdfReference, type PdfValue } from '../objects/pdf-object.ts';
import { unreadable } from '../unreadable.ts';
import type { PdfDocument } from './pdf-document.ts';

/** A node of the page tree (ISO 32000-1 7.7.3) on the way from the root to a page. */
export interface PageNode {
  readonly dictionary: PdfDictionary;
  /** Left out where the dictionary stands directly in its parent, which the standard forbids and readers accept. */
  readonly reference: PdfReference | undefined;
  /** Place in the parent's /Kids; 0 for the root. */
  readonly kidIndex: number;
}

/** A node whose kids are being looked at. */
interface Frame {
  readonly node: PageNode;
  readonly kids: readonly PdfValue[];
  next: number;
}

/**
 * The way from the root of the page tree to the first page; the page comes last. Damaged kids are stepped over, loops
 * are not followed, and a dictionary without /Kids is a page unless it says that it is not. Only as many nodes are read
 * as it takes. A document without a page is `document-unreadable`.
 */
export function findFirstPage(document: PdfDocument): readonly PageNode[] {
  const visited = new Set<string>();
  const stack: Frame[] = [];
  let candidate = readNode(document, document.catalog.get('Pages'), 0, visited);
  for (let looked = 0; looked < MAX_PAGE_TREE_NODES; looked++) {
    if (candidate) {
      const kids = document.array(candidate.dictionary.get('Kids'));
      if (kids) stack.push({ node: candidate, kids, next: 0 });
      else if (isPage(document, candidate.dictionary)) return [...stack.map(({ node }) => node), candidate];
    }
    while (stack.at(-1)?.next === stack.at(-1)?.kids.length && stack.length > 0) stack.pop();
    const frame = stack.at(-1);
    if (!frame) throw unreadable('it has no pages');
    candidate = readNode(document, frame.kids[frame.next], frame.next, visited);
    frame.next++;
  }
  throw unreadable('its page tree has too many nodes');
}

function readNode(
  document: PdfDocument,
  value: PdfValue | undefined,
  kidIndex: number,
  visited: Set<string>,
): PageNode | undefined {
  const reference = value instanceof PdfReference ? value : undefined;
  if (reference) {
    const key = `${reference.objectNumber} ${reference.generation}`;
    if (visited.has(key)) return undefined;
    visited.add(key);
  }
  const dictionary = document.dictionary(value);
  return dictionary && { dictionary, reference, kidIndex };
}

/** An intermediate node that lost its kids is no page. */
function isPage(document: PdfDocument, dictionary: PdfDictionary): boolean {
  const type = document.resolve(dictionary.get('Type'));
  return !(type instanceof PdfName) || type.value !== 'Pages';
}
