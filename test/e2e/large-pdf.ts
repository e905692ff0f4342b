import { randomFillSync } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

/** One page's picture: 4096 × 4096 grey points of noise, which nothing compresses. */
const PICTURE_SIDE = 4096;
const PICTURE_BYTES = PICTURE_SIDE * PICTURE_SIDE;

export interface LargePdfOptions {
  /** How the objects are found: a table (ISO 32000-1 7.5.4), or a stream with the page tree in an object stream (7.5.7, 7.5.8). */
  readonly xref?: 'table' | 'stream';
  /** Leaves holes instead of noise: a file of many GB that takes no disk. */
  readonly isSparse?: boolean;
  /** Says that the cross-reference stands where it does not. */
  readonly isDamaged?: boolean;
}

/**
 * Writes a valid PDF document of about `bytes` bytes, a page for each 16 MiB.
 *
 * @returns its length in bytes
 */
export function writeLargePdf(path: string, bytes: number, options: LargePdfOptions = {}): number {
  const file = openSync(path, 'w');
  try {
    const writer = new PdfWriter(file, options.isSparse === true);
    const pages = Math.max(1, Math.round(bytes / PICTURE_BYTES));
    if (options.xref === 'stream') writeWithStreams(writer, pages, options.isDamaged === true);
    else writeWithTable(writer, pages, options.isDamaged === true);
    return writer.length;
  } finally {
    closeSync(file);
  }
}

/** Objects 1 and 2 are catalog and page tree; each page has three: itself, its content, its picture. */
const pageNumber = (index: number) => 3 + 3 * index;
const pageObject = (index: number) => {
  const number = pageNumber(index);
  return `<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 612]/Contents ${number + 1} 0 R/Resources<</XObject<</P ${number + 2} 0 R>>>>>>`;
};
const pagesObject = (pages: number) =>
  `<</Type/Pages/Count ${pages}/Kids[${Array.from({ length: pages }, (_, index) => `${pageNumber(index)} 0 R`).join(' ')}]>>`;
const CATALOG = '<</Type/Catalog/Pages 2 0 R>>';
const CONTENT = 'q 612 0 0 612 0 0 cm /P Do Q';

function writeStreams(writer: PdfWriter, pages: number): void {
  for (let index = 0; index < pages; index++) {
    writer.object(pageNumber(index) + 1, `<</Length ${CONTENT.length}>>\nstream\n${CONTENT}\nendstream`);
    writer.picture(pageNumber(index) + 2);
  }
}

function writeWithTable(writer: PdfWriter, pages: number, isDamaged: boolean): void {
  writer.object(1, CATALOG);
  writer.object(2, pagesObject(pages));
  for (let index = 0; index < pages; index++) writer.object(pageNumber(index), pageObject(index));
  writeStreams(writer, pages);
  const xrefAt = writer.length;
  const size = 3 * pages + 3;
  const rows = Array.from({ length: size - 1 }, (_, index) => `${ten(writer.offsetOf(index + 1))} 00000 n \n`);
  writer.text(`xref\n0 ${size}\n${ten(0)} 65535 f \n${rows.join('')}trailer\n<</Size ${size}/Root 1 0 R>>\n`);
  writer.text(`startxref\n${isDamaged ? 9 : xrefAt}\n%%EOF\n`);
}

function writeWithStreams(writer: PdfWriter, pages: number, isDamaged: boolean): void {
  writeStreams(writer, pages);
  const streamNumber = 3 * pages + 3;
  const packed = [
    [1, CATALOG] as const,
    [2, pagesObject(pages)] as const,
    ...Array.from({ length: pages }, (_, index) => [pageNumber(index), pageObject(index)] as const),
  ];
  let at = 0;
  const heads = packed
    .map(([number, object]) => `${number} ${(at += object.length + 1) - object.length - 1}`)
    .join(' ');
  const body = `${heads} ${packed.map(([, object]) => object).join(' ')}`;
  writer.object(
    streamNumber,
    `<</Type/ObjStm/N ${packed.length}/First ${heads.length + 1}/Length ${body.length}>>\nstream\n${body}\nendstream`,
  );
  const xrefNumber = streamNumber + 1;
  const xrefAt = writer.length;
  writer.place(xrefNumber);
  const rows = Buffer.alloc((xrefNumber + 1) * ROW_BYTES);
  rows.writeUInt16BE(65535, 7);
  const indexOf = new Map(packed.map(([number], index) => [number, index]));
  for (let number = 1; number <= xrefNumber; number++) {
    const index = indexOf.get(number);
    rows.writeUInt8(index === undefined ? 1 : 2, number * ROW_BYTES);
    rows.writeUIntBE(index === undefined ? writer.offsetOf(number) : streamNumber, number * ROW_BYTES + 1, 6);
    rows.writeUInt16BE(index ?? 0, number * ROW_BYTES + 7);
  }
  writer.text(
    `${xrefNumber} 0 obj\n<</Type/XRef/Size ${xrefNumber + 1}/W[1 6 2]/Root 1 0 R/Length ${rows.length}>>\nstream\n`,
  );
  writer.bytes(rows);
  writer.text(`\nendstream\nendobj\nstartxref\n${isDamaged ? 9 : xrefAt}\n%%EOF\n`);
}

/** Widths 1, 6 and 2 (7.5.8.2). */
const ROW_BYTES = 9;

const ten = (offset: number) => String(offset).padStart(10, '0');

class PdfWriter {
  length = 0;
  readonly #file: number;
  readonly #noise: Buffer | undefined;
  readonly #offsets = new Map<number, number>();

  constructor(file: number, isSparse: boolean) {
    this.#file = file;
    this.#noise = isSparse ? undefined : randomFillSync(Buffer.alloc(PICTURE_BYTES));
    this.text('%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n');
  }

  text(text: string): void {
    this.bytes(Buffer.from(text, 'latin1'));
  }

  bytes(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      done += writeSync(this.#file, bytes, done, bytes.length - done, this.length + done);
    }
    this.length += bytes.length;
  }

  /** Notes that an object begins here. */
  place(objectNumber: number): void {
    this.#offsets.set(objectNumber, this.length);
  }

  offsetOf(objectNumber: number): number {
    const offset = this.#offsets.get(objectNumber);
    if (offset === undefined) throw new Error(`object ${objectNumber} was not written`);
    return offset;
  }

  object(objectNumber: number, content: string): void {
    this.place(objectNumber);
    this.text(`${objectNumber} 0 obj\n${content}\nendobj\n`);
  }

  picture(objectNumber: number): void {
    this.place(objectNumber);
    const kind = `/Type/XObject/Subtype/Image/Width ${PICTURE_SIDE}/Height ${PICTURE_SIDE}/ColorSpace/DeviceGray/BitsPerComponent 8`;
    this.text(`${objectNumber} 0 obj\n<<${kind}/Length ${PICTURE_BYTES}>>\nstream\n`);
    if (this.#noise === undefined) ftruncateSync(this.#file, (this.length += PICTURE_BYTES));
    else this.bytes(this.#noise);
    this.text('\nendstream\nendobj\n');
  }
}
