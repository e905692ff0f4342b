import { MemoryByteSource } from '../byte-source.ts';

/** For tests: documents written by hand, with a correct cross-reference table unless it is asked otherwise. */
export interface ClassicPdf {
  /** Content of each object by its header: `{ '1 0': '<</Type/Catalog …>>' }`. */
  readonly objects: Readonly<Record<string, string>>;
  /** Entries of the trailer besides /Size and /Prev. */
  readonly trailer?: string;
  readonly header?: string;
  /** Offset of the section before: then this is an update, to be put behind another document. */
  readonly previous?: number;
  /** Length of what stands before. */
  readonly start?: number;
}

export const ONE_PAGE: Readonly<Record<string, string>> = {
  '1 0': '<</Type/Catalog/Pages 2 0 R>>',
  '2 0': '<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 100 100]>>',
  '3 0': '<</Type/Page/Parent 2 0 R>>',
};

export interface WrittenPdf {
  readonly text: string;
  /** Absolute offset of the cross-reference. */
  readonly xrefAt: number;
}

export function classicPdf({ objects, trailer = '/Root 1 0 R', header, previous, start = 0 }: ClassicPdf): WrittenPdf {
  let text = header ?? (previous === undefined ? '%PDF-1.7\n' : '');
  const rows = new Map<number, string>(previous === undefined ? [[0, `${'0'.repeat(10)} 65535 f \n`]] : []);
  for (const [key, content] of Object.entries(objects)) {
    const [number = 0, generation = 0] = key.split(' ').map(Number);
    rows.set(number, `${pad(start + text.length, 10)} ${pad(generation, 5)} n \n`);
    text += `${key} obj\n${content}\nendobj\n`;
  }
  const xrefAt = start + text.length;
  text += 'xref\n';
  for (const [number, row] of rows) text += `${number} 1\n${row}`;
  const size = Math.max(...rows.keys()) + 1;
  const link = previous === undefined ? '' : `/Prev ${previous}`;
  text += `trailer\n<<${trailer}/Size ${size}${link}>>\nstartxref\n${xrefAt}\n%%EOF\n`;
  return { text, xrefAt };
}

/** Bytes of a text whose characters are bytes (Latin-1). */
export function sourceOf(text: string): MemoryByteSource {
  return new MemoryByteSource(Buffer.from(text, 'latin1'));
}

const pad = (value: number, length: number): string => String(value).padStart(length, '0');
