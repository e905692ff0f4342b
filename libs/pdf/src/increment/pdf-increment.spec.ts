import { describe, expect, it } from '@jest/globals';
import { systemRandom } from '@cinnabar/core';
import { classicPdf, ONE_PAGE, sourceOf } from '../document/classic-pdf.fixture.ts';
import { findFirstPage } from '../document/page-tree.ts';
import { PdfDocument } from '../document/pdf-document.ts';
import { PdfDictionary, PdfReference, PdfStream, PdfVerbatim } from '../objects/pdf-object.ts';
import { textString } from '../objects/text-string.ts';
import { anchorPage } from './page-anchor.ts';
import { PdfIncrement } from './pdf-increment.ts';

const open = (text: string) => PdfDocument.open(sourceOf(text));

/** Adds a key to the catalog and a new object; gives the updated text. */
function update(text: string, change?: (document: PdfDocument, increment: PdfIncrement) => void): string {
  const document = open(text);
  const increment = new PdfIncrement(document, systemRandom);
  if (change) {
    change(document, increment);
  } else {
    const added = increment.allocate();
    increment.set(added, textString('added'));
    increment.set(document.catalogReference, document.catalog.with({ Added: added }));
  }
  return text + Buffer.from(increment.write().bytes).toString('latin1');
}

const original = classicPdf({
  objects: ONE_PAGE,
  trailer: '/Root 1 0 R/Info 9 0 R/ID[<01><02>]/Custom(x)',
});

describe('an update', () => {
  it('links to the section before and carries the trailer over, but for what belongs to one section', () => {
    const updated = open(update(original.text));
    expect(updated.isRepaired).toBe(false);
    const { trailer } = updated.xref;
    expect(trailer.get('Prev')).toBe(original.xrefAt);
    expect(trailer.get('Size')).toBe(5);
    expect(trailer.get('Info')).toEqual(new PdfReference(9, 0));
    expect([...trailer.entries.keys()].sort()).toEqual(['Custom', 'ID', 'Info', 'Prev', 'Root', 'Size']);
    expect(updated.resolve(updated.catalog.get('Added'))).toEqual(
      expect.objectContaining({ bytes: Buffer.from('added') }),
    );
  });

  it('begins on a line of its own, also where the original ends without one', () => {
    expect(update(original.text.trimEnd()).slice(original.text.length - 1)).toMatch(/^\n4 0 obj/);
    expect(update(original.text).slice(original.text.length)).toMatch(/^4 0 obj/);
    expect(open(update(original.text.trimEnd())).isRepaired).toBe(false);
  });

  it('can be repeated', () => {
    const twice = open(update(update(update(original.text))));
    expect(twice).toMatchObject({ isRepaired: false });
    expect(twice.xref.trailer.get('Size')).toBe(7);
  });

  it('takes numbers that are free, whatever the trailer says', () => {
    const wrongSize = original.text.replace('/Size 4', '/Size 2');
    expect(open(update(wrongSize)).xref.trailer.get('Size')).toBe(5);
    const absurdSize = original.text.replace('/Size 4', '/Size 2000000000');
    expect(open(update(absurdSize)).xref.trailer.get('Size')).toBe(5);
  });

  it('keeps the generation of a changed object', () => {
    const { text } = classicPdf({ objects: { ...ONE_PAGE, '1 7': '<</Pages 2 0 R>>' }, trailer: '/Root 1 7 R' });
    const updated = open(update(text.replace('1 0 obj', '8 0 obj')));
    expect(updated.catalog.has('Added')).toBe(true);
    expect(updated.isRepaired).toBe(false);
  });

  it('counts from the header where bytes stand before it', () => {
    const updated = open(update(`junk\n\n${original.text}`));
    expect(updated).toMatchObject({ isRepaired: false, xref: { base: 6 } });
    expect(updated.catalog.has('Added')).toBe(true);
  });

  it('says where everything is when the original does not', () => {
    const text = update(original.text.replace(/startxref\n\d+/, 'startxref\n3'));
    const updated = open(text);
    expect(updated.isRepaired).toBe(false);
    expect(updated.xref.trailer.has('Prev')).toBe(false);
    expect([...updated.xref.entries.keys()]).toEqual([0, 1, 2, 3, 4]);
    expect(updated.xref.trailer.get('ID')).toBeDefined();
  });

  it('writes a stream with its length, and verbatim values where it says that they are', () => {
    const verbatim = new PdfVerbatim(Buffer.from('<c0ffee>'));
    const document = open(original.text);
    const increment = new PdfIncrement(document, systemRandom);
    const stream = increment.allocate();
    increment.setStream(stream, PdfDictionary.of({ Marker: verbatim }), Buffer.from('data'));
    increment.set(document.catalogReference, document.catalog.with({ S: stream }));
    const { bytes, offsets } = increment.write();
    const text = original.text + Buffer.from(bytes).toString('latin1');
    const at = offsets.get(verbatim) ?? 0;
    expect(text.slice(at, at + 8)).toBe('<c0ffee>');
    const updated = open(text);
    const found = updated.resolve(updated.catalog.get('S'));
    expect(found).toBeInstanceOf(PdfStream);
    expect(found instanceof PdfStream && found.dictionary.get('Length')).toBe(4);
  });
});

describe('a page that stands directly in its parent', () => {
  const direct = (objects: Record<string, string>) => classicPdf({ objects: { ...ONE_PAGE, ...objects } }).text;

  it.each([
    ['in an indirect node', direct({ '2 0': '<</Kids[<</Type/Page/Label(x)>>]>>' })],
    [
      'in direct nodes up to the catalog',
      direct({ '1 0': '<</Pages<</Kids[<</Kids[null <</Type/Page/Label(x)>>]>>]>>>>' }),
    ],
    ['in an array of its own', direct({ '2 0': '<</Kids 4 0 R>>', '4 0': '[<</Type/Page/Label(x)>>]' })],
  ])('becomes an object of its own: %s', (_, text) => {
    const updated = open(
      update(text, (document, increment) => {
        const page = anchorPage(document, increment, findFirstPage(document));
        increment.set(page, increment.dictionary(page)?.with({ Changed: true }) ?? null);
      }),
    );
    const node = findFirstPage(updated).at(-1);
    expect(node?.reference).toBeDefined();
    expect(node?.dictionary.get('Changed')).toBe(true);
    expect(node?.dictionary.has('Label')).toBe(true);
  });
});
