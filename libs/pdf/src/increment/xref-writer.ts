import { CodedError } from '@cinnabar/core';
import type { GrowingBytes } from '../objects/growing-bytes.ts';
import { writeValue } from '../objects/object-writer.ts';
import { PdfDictionary, PdfName, type PdfValue } from '../objects/pdf-object.ts';
import type { XrefEntry } from '../xref/xref.ts';

/** A cross-reference section that is to be written. */
export interface WrittenXref {
  /** Offsets are absolute. */
  readonly entries: ReadonlyMap<number, XrefEntry>;
  /** Of the document; its entries are carried over (7.5.6). */
  readonly trailer: PdfDictionary;
  /** Absolute offset from which the document counts. */
  readonly base: number;
  /** One more than the highest object number. */
  readonly size: number;
  /** The section before, as the document counts; undefined where this section stands alone. */
  readonly previous: number | undefined;
  /** Where this section begins, as the document counts. */
  readonly offset: number;
}

/** Belongs to one section, not to the document (tables 5, 15, 17 and 19). */
const SECTION_KEYS = [
  'Prev',
  'XRefStm',
  'Size',
  'Type',
  'W',
  'Index',
  'Length',
  'Filter',
  'DecodeParms',
  'DL',
] as const;
const LARGEST_TABLE_OFFSET = 9_999_999_999;
const GENERATION_OF_FREE_HEAD = 65535;

/** Cross-reference table and trailer (7.5.4, 7.5.5). */
export function writeXrefTable(out: GrowingBytes, xref: WrittenXref): void {
  out.appendLatin1('xref\n');
  for (const run of runsOf(withFreeEntries(xref))) {
    out.appendLatin1(`${run[0]?.[0] ?? 0} ${run.length}\n`);
    for (const [, entry] of run) out.appendLatin1(tableEntry(entry, xref.base));
  }
  out.appendLatin1('trailer\n');
  writeValue(out, trailerOf(xref, xref.size));
  out.appendLatin1('\n');
}

/** Cross-reference stream (7.5.8): an object like the others, with an entry of its own. */
export function writeXrefStream(out: GrowingBytes, xref: WrittenXref): void {
  const objectNumber = xref.size;
  const own: XrefEntry = { kind: 'offset', offset: xref.offset + xref.base, generation: 0 };
  const entries = withFreeEntries({ ...xref, entries: new Map([...xref.entries, [objectNumber, own]]) });
  const fields = entries.map(([, entry]) => streamFields(entry, xref.base));
  const widths = [0, 1, 2].map((column) => Math.max(1, ...fields.map((row) => bytesNeeded(row[column] ?? 0))));
  const index = runsOf(entries).flatMap((run): PdfValue[] => [run[0]?.[0] ?? 0, run.length]);
  const bytes = Buffer.alloc(fields.length * widths.reduce((sum, width) => sum + width, 0));
  let at = 0;
  for (const row of fields) {
    row.forEach((value, column) => {
      const width = widths[column] ?? 1;
      for (let place = width - 1, left = value; place >= 0; place--, left = Math.floor(left / 256))
        bytes[at + place] = left % 256;
      at += width;
    });
  }
  const dictionary = trailerOf(xref, xref.size + 1).with({
    Type: new PdfName('XRef'),
    W: widths,
    Index: index,
    Length: bytes.length,
  });
  out.appendLatin1(`${objectNumber} 0 obj\n`);
  writeValue(out, dictionary);
  out.appendLatin1('\nstream\n');
  out.append(bytes);
  out.appendLatin1('\nendstream\nendobj\n');
}

type NumberedEntry = readonly [objectNumber: number, entry: XrefEntry];

/**
 * In ascending order. A section that stands alone has an entry for every number from 0 (7.5.4: the first section has no
 * gaps); an update has only those that changed.
 */
function withFreeEntries({ entries, previous }: WrittenXref): readonly NumberedEntry[] {
  const sorted = [...entries].sort(([left], [right]) => left - right);
  if (previous !== undefined) return sorted;
  const last = sorted.at(-1)?.[0] ?? 0;
  // Numbers in use far apart would make a table of free entries only: then gaps stay, which readers accept.
  if (last > 2 * sorted.length + 10_000) return [[0, { kind: 'free' }], ...sorted.filter(([number]) => number > 0)];
  return Array.from({ length: last + 1 }, (_, number): NumberedEntry => [
    number,
    entries.get(number) ?? { kind: 'free' },
  ]);
}

/** Consecutive numbers, each run a subsection. */
function runsOf(entries: readonly NumberedEntry[]): readonly (readonly NumberedEntry[])[] {
  const runs: NumberedEntry[][] = [];
  for (const entry of entries) {
    const run = runs.at(-1);
    const previous = run?.at(-1);
    if (run && previous && previous[0] + 1 === entry[0]) run.push(entry);
    else runs.push([entry]);
  }
  return runs;
}

/** Exactly 20 bytes (7.5.4). Free entries are not linked: each leads to object 0 and is never used again. */
function tableEntry(entry: XrefEntry, base: number): string {
  if (entry.kind === 'compressed') throw new CodedError('internal', 'a compressed object does not fit into a table');
  const offset = entry.kind === 'offset' ? entry.offset - base : 0;
  if (offset > LARGEST_TABLE_OFFSET) throw new CodedError('not-supported', 'document: larger than 10 GB');
  const generation = entry.kind === 'offset' ? entry.generation : GENERATION_OF_FREE_HEAD;
  const place = `${String(offset).padStart(10, '0')} ${String(generation).padStart(5, '0')}`;
  return `${place} ${entry.kind === 'offset' ? 'n' : 'f'} \n`;
}

/** Table 18. */
function streamFields(entry: XrefEntry, base: number): readonly [number, number, number] {
  switch (entry.kind) {
    case 'free':
      return [0, 0, GENERATION_OF_FREE_HEAD];
    case 'offset':
      return [1, entry.offset - base, entry.generation];
    case 'compressed':
      return [2, entry.streamNumber, entry.index];
  }
}

function bytesNeeded(value: number): number {
  return value < 256 ? 1 : 1 + bytesNeeded(Math.floor(value / 256));
}

function trailerOf({ trailer, previous }: WrittenXref, size: number): PdfDictionary {
  return trailer.without(...SECTION_KEYS).with({ Size: size, ...(previous !== undefined && { Prev: previous }) });
}
