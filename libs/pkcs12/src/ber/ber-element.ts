import { damaged } from '../pfx-errors.ts';

/** One element of a BER encoding (X.690). */
export interface BerElement {
  /** The identifier octet, the constructed bit included; tag numbers above 30 are refused. */
  readonly tag: number;
  /** Contents octets of a primitive element: a view into the file. Empty for a constructed one. */
  readonly contents: Uint8Array;
  /** The elements inside a constructed element. */
  readonly children: readonly BerElement[];
  /** The whole element as it stands in the file. */
  readonly encoding: Uint8Array;
}

/** A PFX nests some 15 levels deep, a chunked one a few more; a big one has a few thousand elements. */
const MAX_DEPTH = 32;
const MAX_ELEMENTS = 20_000;
const MAX_LENGTH_OCTETS = 4;
const CONSTRUCTED = 0x20;
const END_OF_CONTENTS = 0x00;

interface Reading {
  readonly bytes: Uint8Array;
  offset: number;
  elements: number;
}

/**
 * Reads one BER element that fills `bytes`, lengths of either kind: PFX files come from DER writers and from Windows
 * and NSS, which write indefinite lengths. Depth and number of elements are bounded; whatever is wrong is an
 * `invalid-parameter` that names `pfxdata`.
 */
export function parseBer(bytes: Uint8Array): BerElement {
  const reading: Reading = { bytes, offset: 0, elements: 0 };
  const element = readElement(reading, bytes.length, 0);
  if (reading.offset !== bytes.length) throw damaged('damaged (bytes after its end)');
  return element;
}

function readElement(reading: Reading, end: number, depth: number): BerElement {
  if (depth > MAX_DEPTH) throw damaged('nested too deeply');
  if (++reading.elements > MAX_ELEMENTS) throw damaged('too many elements');
  const start = reading.offset;
  const tag = takeOctet(reading, end);
  if ((tag & 0x1f) === 0x1f) throw damaged('damaged (an unknown tag)');
  const length = takeLength(reading, end);
  const isConstructed = (tag & CONSTRUCTED) !== 0;
  if (length === 'indefinite') {
    if (!isConstructed) throw damaged('damaged (an indefinite length)');
    const children = readUntilEndOfContents(reading, end, depth);
    return { tag, contents: new Uint8Array(0), children, encoding: reading.bytes.subarray(start, reading.offset) };
  }
  const at = reading.offset;
  const contentsEnd = at + length;
  if (contentsEnd > end) throw damaged('damaged (cut off)');
  const children: BerElement[] = [];
  if (isConstructed) {
    while (reading.offset < contentsEnd) children.push(readElement(reading, contentsEnd, depth + 1));
  }
  reading.offset = contentsEnd;
  const contents = isConstructed ? new Uint8Array(0) : reading.bytes.subarray(at, contentsEnd);
  return { tag, contents, children, encoding: reading.bytes.subarray(start, contentsEnd) };
}

function readUntilEndOfContents(reading: Reading, end: number, depth: number): BerElement[] {
  const children: BerElement[] = [];
  while (reading.bytes[reading.offset] !== END_OF_CONTENTS) children.push(readElement(reading, end, depth + 1));
  if (takeOctet(reading, end) !== 0 || takeOctet(reading, end) !== 0) throw damaged('damaged (end of contents)');
  return children;
}

function takeOctet(reading: Reading, end: number): number {
  const octet = reading.offset < end ? reading.bytes[reading.offset] : undefined;
  if (octet === undefined) throw damaged('damaged (cut off)');
  reading.offset += 1;
  return octet;
}

function takeLength(reading: Reading, end: number): number | 'indefinite' {
  const first = takeOctet(reading, end);
  if (first < 0x80) return first;
  const octets = first & 0x7f;
  if (octets === 0) return 'indefinite';
  if (octets > MAX_LENGTH_OCTETS) throw damaged('damaged (an absurd length)');
  let length = 0;
  for (let index = 0; index < octets; index++) length = length * 256 + takeOctet(reading, end);
  return length;
}
