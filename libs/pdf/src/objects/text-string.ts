import { PdfString } from './pdf-object.ts';

/**
 * The text of a text string (ISO 32000-2 7.9.2.2): UTF-16BE or UTF-8 where a byte order mark says so. Without one it is
 * PDFDocEncoding, read here as Latin-1: they differ in typographic marks only.
 */
export function textOf({ bytes }: PdfString): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    const swapped = Buffer.from(bytes.subarray(2, bytes.length - (bytes.length % 2))).swap16();
    return swapped.toString('utf16le');
  }
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    return Buffer.from(bytes.subarray(3)).toString('utf8');
  return Buffer.from(bytes).toString('latin1');
}

/** ASCII as it is, everything else in UTF-16BE, which every reader understands. */
export function textString(text: string): PdfString {
  if (/^[\x20-\x7e]*$/.test(text)) return new PdfString(Buffer.from(text, 'latin1'));
  const utf16 = Buffer.from(text, 'utf16le').swap16();
  return new PdfString(Buffer.concat([Buffer.from([0xfe, 0xff]), utf16]));
}

/** A date string in UTC (ISO 32000-1 7.9.4). */
export function dateString(at: Date): PdfString {
  const digits = at
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace(/[-:T]/g, '');
  return new PdfString(Buffer.from(`D:${digits}+00'00'`, 'latin1'));
}
