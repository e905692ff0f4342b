import { deflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { isPdfArray, PdfDictionary, PdfName, PdfReference, type PdfValue } from '../objects/pdf-object.ts';
import { DecodeBudget } from './decode-budget.ts';
import { decodeFilters, filtersOf } from './filter-chain.ts';

const direct = (value: PdfValue | undefined) => (value === undefined || value instanceof PdfReference ? null : value);

function decode(bytes: Uint8Array, filter: PdfValue, parameters?: PdfValue, budget = new DecodeBudget()): string {
  const dictionary = PdfDictionary.of({ Filter: filter, DecodeParms: parameters });
  return Buffer.from(decodeFilters(bytes, filtersOf(dictionary, direct), direct, budget)).toString('latin1');
}

const name = (value: string) => new PdfName(value);
const latin1 = (text: string) => Buffer.from(text, 'latin1');

describe('filters', () => {
  it('decode ASCIIHex and ASCII85, with an odd digit and an incomplete group at the end', () => {
    expect(decode(latin1('48 65 6C6c 6>'), name('ASCIIHexDecode'))).toBe('Hell`');
    expect(decode(latin1('87cURD]i,"Ebo80~>'), name('ASCII85Decode'))).toBe('Hello World!');
    expect(decode(latin1('z~>'), name('A85'))).toBe('\0\0\0\0');
  });

  it('decode RunLength', () => {
    expect(decode(Uint8Array.of(2, 97, 98, 99, 254, 120, 128, 9), name('RunLengthDecode'))).toBe('abcxxx');
  });

  it('decode LZW: the example of the standard, and a code that names the entry being made', () => {
    // ISO 32000-1 7.4.4.2, example 1.
    const encoded = Buffer.from('800B6050220C0C8501', 'hex');
    expect(decode(encoded, name('LZWDecode'))).toBe('-----A---B');
  });

  it('decode chains of filters in their order', () => {
    const hex = latin1(deflateSync(latin1('inside')).toString('hex'));
    expect(decode(hex, [name('ASCIIHexDecode'), name('FlateDecode')])).toBe('inside');
    expect(isPdfArray([])).toBe(true);
  });

  it('undo the PNG predictors of cross-reference streams and the TIFF predictor', () => {
    const rows = Uint8Array.of(0, 1, 2, 3, 2, 1, 1, 1, 1, 5, 1, 1, 4, 1, 1, 1);
    const png = PdfDictionary.of({ Predictor: 12, Columns: 3 });
    expect([...latin1(decode(deflateSync(rows), name('FlateDecode'), png))]).toEqual([
      1, 2, 3, 2, 3, 4, 5, 6, 7, 6, 7, 8,
    ]);
    const tiff = PdfDictionary.of({ Predictor: 2, Columns: 3 });
    expect([...latin1(decode(deflateSync(Uint8Array.of(1, 1, 1, 2, 2, 2)), name('FlateDecode'), tiff))]).toEqual([
      1, 2, 3, 2, 4, 6,
    ]);
  });

  it('read compressed data that end early or have a wrong checksum', () => {
    const whole = deflateSync(latin1('x'.repeat(1000)));
    expect(decode(whole.subarray(0, -4), name('FlateDecode'))).toBe('x'.repeat(1000));
    whole[whole.length - 1] = (whole.at(-1) ?? 0) ^ 1;
    expect(decode(whole, name('FlateDecode'))).toBe('x'.repeat(1000));
  });

  it('stop at a bomb, with a clear error and without its memory', () => {
    const bomb = deflateSync(new Uint8Array(100 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(200_000);
    expect(() => decode(bomb, name('FlateDecode'))).toThrow('a stream decodes to more bytes than are allowed');
    const twice = deflateSync(bomb);
    expect(() => decode(twice, [name('FlateDecode'), name('FlateDecode')])).toThrow('more bytes than are allowed');
  });

  it('stop where many streams together decode to too much', () => {
    const budget = new DecodeBudget();
    const stream = deflateSync(new Uint8Array(60 * 1024 * 1024));
    for (let count = 0; count < 4; count++) decode(stream, name('FlateDecode'), undefined, budget);
    expect(() => decode(stream, name('FlateDecode'), undefined, budget)).toThrow('more bytes than are allowed');
  });

  it('never decode images', () => {
    expect(() => decode(latin1('x'), name('DCTDecode'))).toThrow('not known');
    expect(() =>
      decode(
        latin1('x'),
        Array.from({ length: 9 }, () => name('FlateDecode')),
      ),
    ).toThrow('too many filters');
  });
});
