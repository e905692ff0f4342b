import { describe, expect, it } from '@jest/globals';
import { encodeFields, type Field } from './canonical-encoding.ts';

describe('encodeFields', () => {
  it('writes length and octets of each field', () => {
    expect(Buffer.from(encodeFields('d', ['ab', undefined, 1])).toString('hex')).toBe(
      '0000000164' + '000000026162' + 'ffffffff' + '000000080000000000000001',
    );
  });

  it('never gives two lists one encoding', () => {
    const lists: readonly (readonly [string, readonly Field[]])[] = [
      ['d', []],
      ['d', ['']],
      ['d', [undefined]],
      ['d', ['a', 'b']],
      ['d', ['ab', '']],
      ['d', ['', 'ab']],
      ['d', [['a', 'b']]],
      ['d', [['ab']]],
      ['da', ['b']],
      ['d', [0]],
      ['d', [new Date(1)]],
      ['d', [-1]],
    ];
    const encodings = lists.map(([domain, fields]) => Buffer.from(encodeFields(domain, fields)).toString('hex'));
    expect(new Set(encodings).size).toBe(lists.length);
  });

  it.each([1.5, Number.NaN, 2 ** 53, new Date(Number.NaN)])('refuses what is not a whole number: %s', (field) => {
    expect(() => encodeFields('d', [field])).toThrow(RangeError);
  });
});
