import { isRegular } from './characters.ts';
import type { GrowingBytes } from './growing-bytes.ts';
import { PdfDictionary, PdfName, PdfReference, PdfString, type PdfValue, PdfVerbatim } from './pdf-object.ts';

export interface WriterOptions {
  /** Applied to each string; left out where strings are not encrypted. */
  readonly encryptString?: (bytes: Uint8Array) => Uint8Array;
  /** Told where each verbatim value starts, in bytes from the beginning of `out`. */
  readonly onVerbatim?: (verbatim: PdfVerbatim, offset: number) => void;
}

/** Writes a value in the syntax of ISO 32000-1 7.3. */
export function writeValue(out: GrowingBytes, value: PdfValue, options: WriterOptions = {}): void {
  if (value === null || typeof value === 'boolean') out.appendLatin1(String(value));
  else if (typeof value === 'number') out.appendLatin1(formatNumber(value));
  else if (value instanceof PdfName) out.appendLatin1(formatName(value.value));
  else if (value instanceof PdfReference) out.appendLatin1(formatReference(value));
  else if (value instanceof PdfString) writeString(out, value, options);
  else if (value instanceof PdfDictionary) writeDictionary(out, value, options);
  else if (value instanceof PdfVerbatim) {
    options.onVerbatim?.(value, out.length);
    out.append(value.bytes);
  } else writeArray(out, value, options);
}

/** Without an exponent, which PDF does not know (7.3.3). */
function formatNumber(value: number): string {
  if (Number.isInteger(value)) return BigInt(value).toString();
  return value.toFixed(10).replace(/\.?0+$/, '');
}

function formatName(name: string): string {
  let text = '/';
  for (const character of name) {
    const byte = character.charCodeAt(0);
    const isPlain = isRegular(byte) && byte > 0x20 && byte < 0x7f && byte !== 0x23;
    text += isPlain ? character : `#${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}

function formatReference({ objectNumber, generation }: PdfReference): string {
  return `${objectNumber} ${generation} R`;
}

/** Text that is printable ASCII as a literal string, everything else in hexadecimal: both survive every transport. */
function writeString(out: GrowingBytes, { bytes }: PdfString, { encryptString }: WriterOptions): void {
  const written = encryptString ? encryptString(bytes) : bytes;
  if (!encryptString && written.every((byte) => byte >= 0x20 && byte < 0x7f)) {
    out.appendLatin1(
      `(${Buffer.from(written)
        .toString('latin1')
        .replace(/[\\()]/g, '\\$&')})`,
    );
  } else {
    out.appendLatin1(`<${Buffer.from(written).toString('hex')}>`);
  }
}

function writeArray(out: GrowingBytes, items: readonly PdfValue[], options: WriterOptions): void {
  out.appendLatin1('[');
  items.forEach((item, index) => {
    if (index > 0) out.appendLatin1(' ');
    writeValue(out, item, options);
  });
  out.appendLatin1(']');
}

function writeDictionary(out: GrowingBytes, dictionary: PdfDictionary, options: WriterOptions): void {
  out.appendLatin1('<<');
  for (const [key, value] of dictionary.entries) {
    out.appendLatin1(`${formatName(key)} `);
    writeValue(out, value, options);
    out.appendLatin1('\n');
  }
  out.appendLatin1('>>');
}
