import { describe, expect, it } from '@jest/globals';
import { encodeSetOf } from './index.ts';

describe('SET OF', () => {
  it('is written in ascending order of the encodings, whatever order is given', () => {
    const elements = ['020200ff', '0201ff', '0c0161', '020101', '3000'].map((hex) => Buffer.from(hex, 'hex'));
    const expected = '310f' + '020101' + '0201ff' + '020200ff' + '0c0161' + '3000';
    for (let rotation = 0; rotation < elements.length; rotation++) {
      const rotated = [...elements.slice(rotation), ...elements.slice(0, rotation)];
      expect(Buffer.from(encodeSetOf(rotated)).toString('hex')).toBe(expected);
    }
  });

  it('takes the tag of an implicit set', () => {
    expect(Buffer.from(encodeSetOf([], 0xa0)).toString('hex')).toBe('a000');
  });
});
