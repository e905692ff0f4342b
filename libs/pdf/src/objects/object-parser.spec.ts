import { describe, expect, it } from '@jest/globals';
import { CodedError } from '@cinnabar/core';
import { sourceOf } from '../document/classic-pdf.fixture.ts';
import { GrowingBytes } from './growing-bytes.ts';
import { ObjectParser } from './object-parser.ts';
import { writeValue } from './object-writer.ts';
import { PdfDictionary, PdfName, PdfReference, PdfString, type PdfValue } from './pdf-object.ts';

const parse = (text: string): PdfValue => new ObjectParser(sourceOf(text), 0).takeValue();
const write = (value: PdfValue): string => {
  const out = new GrowingBytes();
  writeValue(out, value);
  return Buffer.from(out.toUint8Array()).toString('latin1');
};
const string = (text: string) => new PdfString(Uint8Array.from(Buffer.from(text, 'latin1')));

describe('the object parser', () => {
  it.each<[string, PdfValue]>([
    ['true', true],
    ['null', null],
    ['-17', -17],
    ['+.5', 0.5],
    ['4.', 4],
    ['--3', -3],
    ['12-34', 12],
    ['/A#42c', new PdfName('ABc')],
    ['/A#zz', new PdfName('A#zz')],
    ['(a(b)\\)\\101\\n\\\r\nc\r\nd)', string('a(b))A\ncd'.replace('cd', 'c\nd'))],
    ['<48 65 6>', string('He`')],
    ['12 0 R', new PdfReference(12, 0)],
    ['[1 R 3]', [1, null, 3]],
    ['[1 0 R 2 0 3]', [new PdfReference(1, 0), 2, 0, 3]],
    ['[true % a comment ]\n false]', [true, false]],
  ])('reads %s', (text, expected) => {
    expect(parse(text)).toEqual(expected);
  });

  it('takes the later of two equal keys, and a null as a key that is not there', () => {
    expect(parse('<</A 1/B 2/A 3/B null>>')).toEqual(new PdfDictionary([['A', 3]]));
  });

  it('forgives what readers forgive: unclosed objects, keys without values, words that mean nothing', () => {
    expect(parse('<</A 1/B [1 2\nendobj')).toEqual(
      new PdfDictionary([
        ['A', 1],
        ['B', [1, 2]],
      ]),
    );
    expect(parse('<</A/B 17 /C>>')).toEqual(new PdfDictionary([['A', new PdfName('B')]]));
    expect(parse('[foo ) 1]')).toEqual([null, null, 1]);
  });

  it('refuses what is nested too deeply, whatever it is made of', () => {
    expect(() => parse('['.repeat(100_000))).toThrow(CodedError);
    expect(() => parse('<</A'.repeat(100_000))).toThrow(CodedError);
  });

  it('reads tokens across the borders of its chunks', () => {
    const text = `[${'(0123456789) '.repeat(10_000)}/Last]`;
    const value = parse(text) as readonly PdfValue[];
    expect(value).toHaveLength(10_001);
    expect(value.at(-1)).toEqual(new PdfName('Last'));
    expect(value.at(-2)).toEqual(string('0123456789'));
  });
});

describe('the object writer', () => {
  it.each<[PdfValue, string]>([
    [0.000_000_1, '0.0000001'],
    [-12.5, '-12.5'],
    [1e15, '1000000000000000'],
    [new PdfName('A b#/'), '/A#20b#23#2f'],
    [string('a(b\\)'), '(a\\(b\\\\\\))'],
    [string('\x00\xff'), '<00ff>'],
    [[1, new PdfReference(2, 3), null], '[1 2 3 R null]'],
  ])('writes %j', (value, expected) => {
    expect(write(value)).toBe(expected);
  });

  it('writes what the parser reads back', () => {
    const value = parse('<</A [1 -2.25 (x\\)y) <0102> /N#20x] /D <</E 7 0 R /F true>>>>');
    expect(parse(write(value))).toEqual(value);
  });
});
