import { MAX_OBJECT_NUMBER } from '../limits.ts';
import { isPdfArray, type PdfDictionary } from '../objects/pdf-object.ts';
import { unreadable } from '../unreadable.ts';
import type { XrefEntry, XrefSection } from './xref.ts';

const FREE: XrefEntry = { kind: 'free' };
const MAX_FIELD_BYTES = 8;

/**
 * Reads the entries of a cross-reference stream (ISO 32000-1 7.5.8.2, 7.5.8.3).
 * @param bytes the decoded stream
 * @param base what is added to its offsets
 * @param room how many entries may still be kept
 */
export function readXrefStream(dictionary: PdfDictionary, bytes: Uint8Array, base: number, room: number): XrefSection {
  const widths = widthsOf(dictionary);
  const entryBytes = widths[0] + widths[1] + widths[2];
  const entries = new Map<number, XrefEntry>();
  let position = 0;
  for (const [first, count] of subsectionsOf(dictionary)) {
    // A count beyond the bytes that are there is a slip of the writer; what is there still counts.
    const present = Math.min(count, Math.floor((bytes.length - position) / entryBytes));
    if (first + present > MAX_OBJECT_NUMBER + 1 || entries.size + present > room) {
      throw unreadable('its cross-reference stream is too large');
    }
    for (let index = 0; index < present; index++) {
      entries.set(first + index, readEntry(bytes, position, widths, base));
      position += entryBytes;
    }
  }
  return { kind: 'stream', trailer: dictionary, entries };
}

type Widths = readonly [type: number, second: number, third: number];

function widthsOf(dictionary: PdfDictionary): Widths {
  const array = dictionary.get('W');
  const [type, second, third] = isPdfArray(array) ? array : [];
  if (!isWidth(type) || !isWidth(second) || !isWidth(third) || type + second + third === 0) {
    throw unreadable('its cross-reference stream is damaged');
  }
  return [type, second, third];
}

const isWidth = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_FIELD_BYTES;

function subsectionsOf(dictionary: PdfDictionary): readonly (readonly [first: number, count: number])[] {
  const index = dictionary.get('Index');
  const size = dictionary.get('Size');
  const numbers = isPdfArray(index) ? index : [0, typeof size === 'number' ? size : MAX_OBJECT_NUMBER];
  const pairs: [number, number][] = [];
  for (let at = 0; at + 1 < numbers.length; at += 2) {
    const [first, count] = [numbers[at], numbers[at + 1]];
    if (!isCount(first) || !isCount(count)) throw unreadable('its cross-reference stream is damaged');
    pairs.push([first, count]);
  }
  return pairs;
}

const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;

function readEntry(bytes: Uint8Array, at: number, widths: Widths, base: number): XrefEntry {
  // Type 1 is the default where the field is left out (table 17).
  const type = widths[0] === 0 ? 1 : readField(bytes, at, widths[0]);
  const second = readField(bytes, at + widths[0], widths[1]);
  const third = readField(bytes, at + widths[0] + widths[1], widths[2]);
  if (type === 1 && second > 0) return { kind: 'offset', offset: second + base, generation: third };
  // Types beyond 2 refer to the null object (7.5.8.3).
  return type === 2 ? { kind: 'compressed', streamNumber: second, index: third } : FREE;
}

function readField(bytes: Uint8Array, at: number, width: number): number {
  let value = 0;
  for (let index = 0; index < width; index++) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}
