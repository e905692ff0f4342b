import { MAX_FILTERS } from '../limits.ts';
import { isPdfArray, PdfDictionary, PdfName, type PdfObject, PdfStream, type PdfValue } from '../objects/pdf-object.ts';
import { unreadable } from '../unreadable.ts';
import { decodeAscii85, decodeAsciiHex } from './ascii.ts';
import type { DecodeBudget } from './decode-budget.ts';
import { decodeFlate } from './flate.ts';
import { decodeLzw } from './lzw.ts';
import { undoPredictor } from './predictor.ts';
import { decodeRunLength } from './run-length.ts';

/** Follows references; what the chain needs of a document. */
export type Resolve = (value: PdfValue | undefined) => PdfObject;

/** One filter of a stream with its parameters. */
export interface StreamFilter {
  /** Full name, abbreviations of inline images resolved: `FlateDecode`. */
  readonly name: string;
  readonly parameters: PdfDictionary;
}

const ABBREVIATIONS: Readonly<Record<string, string>> = {
  Fl: 'FlateDecode',
  LZW: 'LZWDecode',
  AHx: 'ASCIIHexDecode',
  A85: 'ASCII85Decode',
  RL: 'RunLengthDecode',
};

/** /Filter and /DecodeParms of a stream dictionary (ISO 32000-1 table 5), in the order of decoding. */
export function filtersOf(dictionary: PdfDictionary, resolve: Resolve): readonly StreamFilter[] {
  const names = listOf(resolve(dictionary.get('Filter')));
  const parameters = listOf(resolve(dictionary.get('DecodeParms')));
  if (names.length > MAX_FILTERS) throw unreadable('a stream has too many filters');
  return names.map((item, index) => {
    const name = resolve(item);
    if (!(name instanceof PdfName)) throw unreadable('a stream has a filter without a name');
    const own = resolve(parameters[index]);
    return {
      name: ABBREVIATIONS[name.value] ?? name.value,
      parameters: own instanceof PdfDictionary ? own : new PdfDictionary(),
    };
  });
}

/** Decodes `encoded`. Filters of images, and any that is not known, are `document-unreadable`. */
export function decodeFilters(
  encoded: Uint8Array,
  filters: readonly StreamFilter[],
  resolve: Resolve,
  budget: DecodeBudget,
): Uint8Array {
  let bytes = encoded;
  for (const { name, parameters } of filters) {
    const parameter = (key: string, fallback: number): number => {
      const value = resolve(parameters.get(key));
      return typeof value === 'number' ? value : fallback;
    };
    bytes = decodeOne(name, bytes, budget.limit, parameter);
    budget.spend(bytes.length);
  }
  return bytes;
}

function decodeOne(
  name: string,
  bytes: Uint8Array,
  limit: number,
  parameter: (key: string, fallback: number) => number,
): Uint8Array {
  const predictor = () => ({
    predictor: parameter('Predictor', 1),
    columns: parameter('Columns', 1),
    colors: parameter('Colors', 1),
    bitsPerComponent: parameter('BitsPerComponent', 8),
  });
  switch (name) {
    case 'FlateDecode':
      return undoPredictor(decodeFlate(bytes, limit), predictor());
    case 'LZWDecode':
      return undoPredictor(decodeLzw(bytes, limit, parameter('EarlyChange', 1) === 0 ? 0 : 1), predictor());
    case 'ASCIIHexDecode':
      return decodeAsciiHex(bytes);
    case 'ASCII85Decode':
      return decodeAscii85(bytes);
    case 'RunLengthDecode':
      return decodeRunLength(bytes, limit);
    case 'Crypt':
      // Chooses a crypt filter; its work is done when the bytes arrive here (7.4.10).
      return bytes;
    default:
      throw unreadable('a stream that is needed has a filter that is not known');
  }
}

function listOf(value: PdfObject): readonly PdfValue[] {
  if (isPdfArray(value)) return value;
  return value === null || value instanceof PdfStream ? [] : [value];
}
