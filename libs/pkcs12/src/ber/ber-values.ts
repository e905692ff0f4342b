import { damaged } from '../pfx-errors.ts';
import type { BerElement } from './ber-element.ts';

/** Identifier octets of the universal types that a PFX uses. */
export const TAG = {
  integer: 0x02,
  octetString: 0x04,
  objectIdentifier: 0x06,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

const CONSTRUCTED = 0x20;

/** `[number]` around other elements. */
export const contextConstructed = (number: number): number => 0xa0 | number;

/** The elements inside a SEQUENCE, a SET or a constructed context tag. */
export function childrenOf(element: BerElement | undefined, tag: number): readonly BerElement[] {
  if (element?.tag !== tag) throw damaged('damaged (an unexpected structure)');
  return element.children;
}

/** The one element inside `[number] EXPLICIT`. */
export function explicitContent(element: BerElement | undefined, number: number): BerElement {
  const [content] = childrenOf(element, contextConstructed(number));
  if (!content) throw damaged('damaged (an empty element)');
  return content;
}

/**
 * The octets of an OCTET STRING, whole or in pieces (X.690 8.7.3). With `implicitTag`, the string stands behind that
 * context tag instead of its own; its pieces still are OCTET STRINGs.
 */
export function octetsOf(element: BerElement | undefined, implicitTag: number = TAG.octetString): Uint8Array {
  if (element?.tag === implicitTag) return element.contents;
  if (element?.tag !== (implicitTag | CONSTRUCTED)) throw damaged('damaged (an octet string was expected)');
  const pieces: Uint8Array[] = [];
  collectPieces(element, pieces);
  return Buffer.concat(pieces);
}

function collectPieces(element: BerElement, pieces: Uint8Array[]): void {
  for (const piece of element.children) {
    if (piece.tag === TAG.octetString) pieces.push(piece.contents);
    else if (piece.tag === (TAG.octetString | CONSTRUCTED)) collectPieces(piece, pieces);
    else throw damaged('damaged (an octet string was expected)');
  }
}

/** A non-negative INTEGER of at most 31 bits: versions, iteration counts, key lengths. */
export function smallIntegerOf(element: BerElement | undefined): number {
  if (element?.tag !== TAG.integer || element.contents.length === 0) throw damaged('damaged (a number was expected)');
  const value = BigInt.asIntN(
    element.contents.length * 8,
    BigInt(`0x${Buffer.from(element.contents).toString('hex')}`),
  );
  if (value < 0n || value > 0x7fffffffn) throw damaged('a number out of range');
  return Number(value);
}

/** The dotted form of an OBJECT IDENTIFIER, e.g. `1.2.840.113549.1.7.1`. */
export function objectIdentifierOf(element: BerElement | undefined): string {
  if (element?.tag !== TAG.objectIdentifier || element.contents.length === 0 || element.contents.length > 64) {
    throw damaged('damaged (an object identifier was expected)');
  }
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const octet of element.contents) {
    arc = arc * 128n + BigInt(octet & 0x7f);
    if (octet & 0x80) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [first = 0n, ...rest] = arcs;
  const root = first < 40n ? 0n : first < 80n ? 1n : 2n;
  return [root, first - root * 40n, ...rest].join('.');
}

/** AlgorithmIdentifier → its OID and parameters. */
export function algorithmOf(element: BerElement | undefined): { oid: string; parameters: BerElement | undefined } {
  const [oid, parameters] = childrenOf(element, TAG.sequence);
  return { oid: objectIdentifierOf(oid), parameters };
}
