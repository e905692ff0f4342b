import { describe, expect, it } from '@jest/globals';
import { MemoryByteSource } from '../byte-source.ts';
import { PdfDocument } from './pdf-document.ts';

const document = (unit: string) => Buffer.from(`%PDF-1.7\n${unit.repeat(Math.ceil((12 * 1024 * 1024) / unit.length))}`);

describe('a document that is made to be looked through for long', () => {
  it.each([
    ['objects', '1 0 obj\n', 'it has too many objects'],
    ['objects that are whole', '1 0 obj\n<<>>\nendobj\n', 'it has too many objects'],
    ['trailers', 'trailer\n<</Root 1 0 R>>\n', 'it has too many objects'],
    ['words that only look like objects', ' obj', 'it has too many objects'],
    ['texts that never end', '1 0 obj(', 'it takes too much work to read'],
  ])('is refused: %s', (_name, unit, why) => {
    expect(() => PdfDocument.open(new MemoryByteSource(document(unit)))).toThrow(
      expect.objectContaining({ code: 'document-unreadable', publicDetail: `document: ${why}` }),
    );
  });

  it('is refused where one object is all of it', () => {
    const text = Buffer.concat([Buffer.from('%PDF-1.7\n1 0 obj\n('), Buffer.alloc(12 * 1024 * 1024, '(')]);
    expect(() => PdfDocument.open(new MemoryByteSource(text))).toThrow(
      expect.objectContaining({ publicDetail: 'document: it takes too much work to read' }),
    );
  });
});
