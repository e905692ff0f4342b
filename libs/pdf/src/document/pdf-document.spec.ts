import { deflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { PdfDictionary, PdfName, PdfReference, PdfString } from '../objects/pdf-object.ts';
import { classicPdf, ONE_PAGE, sourceOf } from './classic-pdf.fixture.ts';
import { findFirstPage } from './page-tree.ts';
import { PdfDocument } from './pdf-document.ts';

const open = (text: string) => PdfDocument.open(sourceOf(text));
const firstPage = (document: PdfDocument) => findFirstPage(document).at(-1)?.dictionary;
const labelOf = (dictionary: PdfDictionary | undefined) => {
  const label = dictionary?.get('Label');
  return label instanceof PdfString ? Buffer.from(label.bytes).toString('latin1') : undefined;
};
const labelled = (label: string) => `<</Type/Page/Parent 2 0 R/Label(${label})>>`;

describe('a document with a cross-reference table', () => {
  const original = classicPdf({ objects: { ...ONE_PAGE, '3 0': labelled('old') } });

  it('is read object by object, without repair', () => {
    const document = open(original.text);
    expect(labelOf(firstPage(document))).toBe('old');
    expect(document.isRepaired).toBe(false);
    expect(document.xref).toMatchObject({ kind: 'table', startXref: original.xrefAt, base: 0 });
  });

  it('gives the newest of several updates', () => {
    const update = classicPdf({
      objects: { '3 0': labelled('new') },
      previous: original.xrefAt,
      start: original.text.length,
    });
    expect(labelOf(firstPage(open(original.text + update.text)))).toBe('new');
  });

  it('has objects of later generations, and none of freed ones', () => {
    const objects = { ...ONE_PAGE, '1 0': '<</Pages 2 0 R/A 5 3 R/B 5 0 R>>', '5 3': '(kept)' };
    const document = open(classicPdf({ objects }).text);
    expect(document.resolve(document.catalog.get('A'))).toBeInstanceOf(PdfString);
    expect(document.resolve(document.catalog.get('B'))).toBeNull();
  });

  it('is read where bytes stand before its header: offsets count from there', () => {
    const document = open(`${'junk\n'.repeat(20)}${original.text}`);
    expect(labelOf(firstPage(document))).toBe('old');
    expect(document).toMatchObject({ isRepaired: false, xref: { base: 100 } });
  });

  it('ends a loop of /Prev where it began', () => {
    const update = classicPdf({ objects: { '3 0': labelled('new') }, previous: 0, start: original.text.length });
    const looped = update.text.replace('/Prev 0', `/Prev ${update.xrefAt}`);
    const document = open(original.text + looped);
    // The chain never gets to the original: what is missing is looked for.
    expect(labelOf(firstPage(document))).toBe('new');
  });

  it('is read with entries of another length than 20 bytes', () => {
    const document = open(original.text.replace(/(\d{10} \d{5} [nf]) \n/g, '$1\n'));
    expect(document.isRepaired).toBe(false);
    expect(labelOf(firstPage(document))).toBe('old');
  });

  it('is read where white space follows the end', () => {
    expect(open(`${original.text}${'\n'.repeat(3000)}`).isRepaired).toBe(false);
  });
});

describe('a document with streams', () => {
  /** Catalog and page tree in an object stream, which is object 5; the cross-reference stream is object 6. */
  function streamedPdf(extras = ''): string {
    const parts = ['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[3 0 R]/Count 1>>', labelled('packed')];
    const header = `1 0 2 ${(parts[0]?.length ?? 0) + 1} 3 ${(parts[0]?.length ?? 0) + (parts[1]?.length ?? 0) + 2} `;
    const packed = deflateSync(Buffer.from(header + parts.join(' '))).toString('latin1');
    const length = packed.length;
    let text = `%PDF-1.5\n${extras}`;
    const objectStreamAt = text.length;
    text += `5 0 obj\n<</Type/ObjStm/N 3/First ${header.length}/Filter/FlateDecode/Length ${length}>>stream\n${packed}\nendstream\nendobj\n`;
    const xrefAt = text.length;
    const rows = [
      [0, 0, 255],
      [2, 5, 0],
      [2, 5, 1],
      [2, 5, 2],
      [0, 0, 255],
      [1, objectStreamAt, 0],
      [1, xrefAt, 0],
    ];
    const table = Buffer.concat(
      rows.map(([type = 0, second = 0, third = 0]) => Buffer.of(type, second >> 8, second & 255, third)),
    );
    text += `6 0 obj\n<</Type/XRef/Root 1 0 R/Size 7/W[1 2 1]/Length ${table.length}>>stream\n${table.toString('latin1')}\nendstream\nendobj\n`;
    return `${text}startxref\n${xrefAt}\n%%EOF\n`;
  }

  it('is read from its cross-reference stream and its object stream', () => {
    const document = open(streamedPdf());
    expect(labelOf(firstPage(document))).toBe('packed');
    expect(document).toMatchObject({ isRepaired: false, xref: { kind: 'stream' } });
  });

  it('is repaired with the objects of its object streams, and keeps its kind of cross-reference', () => {
    const document = open(streamedPdf().replace(/startxref\n\d+/, 'startxref\n9'));
    expect(labelOf(firstPage(document))).toBe('packed');
    expect(document).toMatchObject({ isRepaired: true, xref: { kind: 'stream', startXref: undefined } });
  });

  it('shows what a hybrid file hides from old readers', () => {
    const objects = {
      ...ONE_PAGE,
      '1 0': '<</Pages 2 0 R/Hidden 4 0 R>>',
      '5 0': '<</Type/ObjStm/N 1/First 4/Length 12>>stream\n4 0 (hidden)\nendstream',
    };
    const base = classicPdf({ objects });
    const streamAt = base.text.length;
    const table = Buffer.of(2, 0, 5, 0).toString('latin1');
    const hidden = `6 0 obj\n<</Type/XRef/Size 7/Index[4 1]/W[1 2 1]/Length 4>>stream\n${table}\nendstream\nendobj\n`;
    const update = classicPdf({
      objects: {},
      header: hidden,
      trailer: `/Root 1 0 R/XRefStm ${streamAt}`,
      previous: base.xrefAt,
      start: streamAt,
    });
    const document = open(base.text + update.text);
    expect(document.isRepaired).toBe(false);
    expect(document.resolve(document.catalog.get('Hidden'))).toBeInstanceOf(PdfString);
    expect(document.xref.kind).toBe('table');
  });
});

describe('a damaged document', () => {
  const original = classicPdf({ objects: { ...ONE_PAGE, '3 0': labelled('found') } });

  it.each([
    ['a wrong startxref', original.text.replace(/startxref\n\d+/, 'startxref\n7')],
    ['no startxref', original.text.replace(/startxref[^]*/, '')],
    ['no cross-reference at all', original.text.replace(/xref[^]*/, '')],
    ['wrong offsets', original.text.replace(/\n0{7}\d{3}/g, '\n0000000001')],
    ['a wrong offset of one object', original.text.replace(/^(3 1\n)\d{10}/m, '$10000000001')],
    ['an entry beyond the end', original.text.replace(/^(3 1\n)\d{10}/m, '$19999999999')],
  ])('is repaired: %s', (_, text) => {
    const document = open(text);
    expect(labelOf(firstPage(document))).toBe('found');
    expect(document.isRepaired).toBe(true);
  });

  it('is repaired without a trailer, by an object that calls itself a catalog', () => {
    const document = open(original.text.replace(/trailer[^]*/, '').replace('xref', ''));
    expect(document.catalogReference).toEqual(new PdfReference(1, 0));
  });

  it('is not confused by another document inside a stream', () => {
    const inner = classicPdf({ objects: { ...ONE_PAGE, '3 0': labelled('inner') } }).text;
    const objects = {
      ...ONE_PAGE,
      '3 0': labelled('outer'),
      '4 0': `<</Length ${inner.length}>>stream\n${inner}\nendstream`,
    };
    const { text } = classicPdf({ objects });
    expect(labelOf(firstPage(open(text.slice(0, text.lastIndexOf('xref\n0 1')))))).toBe('outer');
  });

  it('takes the newer of two objects with one number', () => {
    const text = `${original.text.replace(/startxref[^]*/, '')}\n3 0 obj\n${labelled('newer')}\nendobj\n`;
    expect(labelOf(firstPage(open(text)))).toBe('newer');
  });

  it.each([
    ['is empty', '', 'it has no page tree'],
    ['is something else', 'PK\x03\x04 not a PDF', 'it has no page tree'],
    ['has no page', classicPdf({ objects: { ...ONE_PAGE, '2 0': '<</Type/Pages/Kids[]>>' } }).text, 'it has no pages'],
    [
      'has a page tree that only leads to itself',
      classicPdf({ objects: { ...ONE_PAGE, '3 0': '<</Type/Pages/Kids[2 0 R 3 0 R]>>' } }).text,
      'it has no pages',
    ],
  ])('is refused with the reason where it %s', (_, text, reason) => {
    expect(() => findFirstPage(open(text))).toThrow(reason);
  });

  it('is never taken for one without encryption', () => {
    const { text } = classicPdf({ objects: ONE_PAGE, trailer: '/Root 1 0 R/Encrypt 9 0 R' });
    expect(() => open(text)).toThrow('its encryption dictionary cannot be found');
  });

  it.each(['1 0 obj [ ', '1 0 obj (', '1 0 obj <</A ', '1 0 obj\n', '1 0 obj <</A 1>>stream\n', 'trailer<<'])(
    'is refused in bounded time where everything overlaps: %j',
    (piece) => {
      const startedAt = performance.now();
      expect(() => open(`%PDF-1.7\n${piece.repeat(100_000)}`)).toThrow(/^document: it/);
      expect(performance.now() - startedAt).toBeLessThan(10_000);
    },
    20_000,
  );

  it('ends a stream whose length leads to itself', () => {
    const objects = { ...ONE_PAGE, '1 0': '<</Pages 2 0 R/S 4 0 R>>', '4 0': '<</Length 4 0 R>>stream\nx\nendstream' };
    const document = open(classicPdf({ objects }).text);
    expect(document.resolve(document.catalog.get('S'))).toBeDefined();
  });
});

describe('the page tree', () => {
  const pageTree = (objects: Record<string, string>) =>
    findFirstPage(open(classicPdf({ objects: { ...ONE_PAGE, ...objects } }).text));

  it('is followed to the first page through damaged kids, empty nodes and dictionaries without a type', () => {
    const path = pageTree({
      '2 0': '<</Kids[null 17 9 0 R 4 0 R 5 0 R]>>',
      '4 0': '<</Type/Pages/Kids[]>>',
      '5 0': '<</Kids[<</Type/Pages/Count 0>> 3 0 R]>>',
    });
    expect(path.map(({ reference, kidIndex }) => [reference?.objectNumber, kidIndex])).toEqual([
      [2, 0],
      [5, 4],
      [3, 1],
    ]);
  });

  it('tells where a page stands directly in its parent', () => {
    const path = pageTree({ '2 0': '<</Kids[<</Type/Page/Label(direct)>>]>>' });
    expect(path.at(-1)).toMatchObject({ reference: undefined, kidIndex: 0 });
    expect(labelOf(path.at(-1)?.dictionary)).toBe('direct');
  });

  it('is followed through thousands of levels', () => {
    const objects: Record<string, string> = { '2 0': '<</Kids[10 0 R]>>' };
    for (let number = 10; number < 5000; number++) objects[`${number} 0`] = `<</Type/Pages/Kids[${number + 1} 0 R]>>`;
    objects['5000 0'] = '<</Type/Page>>';
    expect(pageTree(objects).at(-1)?.dictionary.get('Type')).toEqual(new PdfName('Page'));
  });
});
