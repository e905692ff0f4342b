import type { ByteSource } from '../byte-source.ts';
import { MAX_OBJECT_NUMBER } from '../limits.ts';
import type { ObjectParser } from '../objects/object-parser.ts';
import { PdfDictionary } from '../objects/pdf-object.ts';
import { unreadable } from '../unreadable.ts';
import type { XrefEntry, XrefSection } from './xref.ts';

const ENTRY_BYTES = 20;
const FREE: XrefEntry = { kind: 'free' };

/**
 * Reads a cross-reference table and its trailer (ISO 32000-1 7.5.4, 7.5.5); the parser stands behind the keyword `xref`.
 * @param base what is added to the offsets in the table
 * @param room how many entries may still be kept
 */
export function readXrefTable(source: ByteSource, parser: ObjectParser, base: number, room: number): XrefSection {
  const entries = new Map<number, XrefEntry>();
  while (!parser.takeKeyword('trailer')) {
    const first = parser.takeInteger();
    const count = parser.takeInteger();
    if (first === undefined || count === undefined) throw unreadable('its cross-reference table is damaged');
    if (first + count > MAX_OBJECT_NUMBER + 1 || entries.size + count > room) {
      throw unreadable('its cross-reference table is too large');
    }
    readSubsection(source, parser, { first, count, base }, entries);
  }
  const trailer = parser.takeValue();
  if (!(trailer instanceof PdfDictionary)) throw unreadable('its trailer is damaged');
  return { kind: 'table', trailer, entries };
}

interface Subsection {
  readonly first: number;
  readonly count: number;
  readonly base: number;
}

function readSubsection(
  source: ByteSource,
  parser: ObjectParser,
  { first, count, base }: Subsection,
  entries: Map<number, XrefEntry>,
): void {
  let firstNumber = first;
  const rows = takeStrictEntries(source, parser, count);
  for (let index = 0; index < count; index++) {
    const { offset, generation, isInUse } = rows?.[index] ?? takeLooseEntry(parser);
    // Some writers count the head of the free list as object 1.
    if (index === 0 && first === 1 && !isInUse && offset === 0 && generation === 65535) firstNumber = 0;
    // An offset of 0 is no object: the header stands there.
    const isObject = isInUse && offset > 0;
    entries.set(firstNumber + index, isObject ? { kind: 'offset', offset: offset + base, generation } : FREE);
  }
}

interface TableRow {
  readonly offset: number;
  readonly generation: number;
  readonly isInUse: boolean;
}

/** All entries at once, where each is exactly 20 bytes long as it should be; the position stays where one is not. */
function takeStrictEntries(source: ByteSource, parser: ObjectParser, count: number): readonly TableRow[] | undefined {
  let start = parser.position;
  while (isBlank(source.read(start, 1)[0])) start++;
  const bytes = source.read(start, count * ENTRY_BYTES);
  const rows: TableRow[] = [];
  for (let index = 0; index < count; index++) {
    const row = strictEntry(bytes, index * ENTRY_BYTES);
    if (!row) return undefined;
    rows.push(row);
  }
  parser.position = start + count * ENTRY_BYTES;
  return rows;
}

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** `nnnnnnnnnn ggggg n` and two more bytes. */
function strictEntry(bytes: Uint8Array, at: number): TableRow | undefined {
  const type = bytes[at + 17];
  const isInUse = type === 0x6e;
  if ((!isInUse && type !== 0x66) || bytes[at + 10] !== 0x20 || bytes[at + 16] !== 0x20) return undefined;
  if (!isBlank(bytes[at + 18]) || !isBlank(bytes[at + 19])) return undefined;
  const offset = digits(bytes, at, 10);
  const generation = digits(bytes, at + 11, 5);
  return offset === undefined || generation === undefined ? undefined : { offset, generation, isInUse };
}

function digits(bytes: Uint8Array, at: number, length: number): number | undefined {
  let value = 0;
  for (let index = 0; index < length; index++) {
    const digit = (bytes[at + index] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

/** An entry of another length than 20 bytes, word by word. */
function takeLooseEntry(parser: ObjectParser): TableRow {
  const offset = parser.takeInteger();
  const generation = parser.takeInteger();
  const isInUse = parser.takeKeyword('n');
  if (offset === undefined || generation === undefined || (!isInUse && !parser.takeKeyword('f'))) {
    throw unreadable('its cross-reference table is damaged');
  }
  return { offset, generation, isInUse };
}
