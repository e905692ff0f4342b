import { describe, expect, it } from '@jest/globals';
import { DerCursor, encodeElement, encodeObjectIdentifier, encodeSequence, isSameName, TAG } from './index.ts';
import { takeDistinguishedName } from './distinguished-name.ts';

const CN = '2.5.4.3';
const C = '2.5.4.6';

type Attribute = readonly [oid: string, tag: number, value: Uint8Array | string];

const encode = (...relativeNames: readonly (readonly Attribute[])[]): Uint8Array =>
  encodeSequence(
    ...relativeNames.map((attributes) =>
      encodeElement(
        TAG.set,
        ...attributes.map(([oid, tag, value]) =>
          encodeSequence(encodeObjectIdentifier(oid), encodeElement(tag, Buffer.from(value))),
        ),
      ),
    ),
  );

const name = (...relativeNames: readonly (readonly Attribute[])[]) =>
  takeDistinguishedName(new DerCursor(encode(...relativeNames), 'name'));

const commonName = (value: string) => name([[CN, TAG.utf8String, value]]);

describe('a distinguished name', () => {
  it('is printed with its most specific part first', () => {
    const printed = name(
      [[C, TAG.printableString, 'ES']],
      [['2.5.4.7', TAG.utf8String, 'Valencia']],
      [['2.5.4.10', TAG.utf8String, 'Test S.L.']],
      [['2.5.4.11', TAG.utf8String, 'User']],
      [[CN, TAG.utf8String, 'test1']],
    );
    expect(printed.text).toBe('CN=test1, OU=User, O=Test S.L., L=Valencia, C=ES');
    expect(printed).toMatchObject({ commonName: 'test1', country: 'ES' });
  });

  it('joins a multi-valued part and prints unknown types as OIDs', () => {
    const printed = name(
      [[C, TAG.printableString, 'ES']],
      [
        [CN, TAG.utf8String, 'A'],
        ['2.5.4.97', TAG.utf8String, 'VATES-B12345678'],
      ],
    );
    expect(printed.text).toBe('CN=A+2.5.4.97=VATES-B12345678, C=ES');
  });

  it.each([
    ['a, b+c "d" <e>; \\', 'a\\, b\\+c \\"d\\" \\<e\\>\\; \\\\'],
    [' leading and trailing ', '\\ leading and trailing\\ '],
    [' ', '\\ '],
    ['  ', '\\ \\ '],
    ['#abc', '\\#abc'],
    ['good\0evil\r\nlog line', 'good\\00evil\\0D\\0Alog line'],
    ['a=b', 'a=b'],
  ])('escapes %j', (value, escaped) => {
    expect(commonName(value).text).toBe(`CN=${escaped}`);
  });

  it('shows no control character in the common name', () => {
    expect(commonName('good\0evil').commonName).toBe('good\uFFFDevil');
  });

  it.each([
    [TAG.utf8String, Buffer.from('Núñez'), 'Núñez'],
    [TAG.teletexString, Buffer.from('Núñez', 'latin1'), 'Núñez'],
    [TAG.bmpString, Buffer.from('Núñez', 'utf16le').swap16(), 'Núñez'],
    [TAG.universalString, Buffer.from('0000004e0001f600', 'hex'), 'N😀'],
    [TAG.ia5String, Buffer.from('plain'), 'plain'],
    [TAG.printableString, Buffer.from('Núñez', 'latin1'), 'Núñez'],
    [TAG.bmpString, Buffer.from('004e00', 'hex'), '#1E03004E00'],
    [TAG.universalString, Buffer.from('ffffffff', 'hex'), '#1C04FFFFFFFF'],
    [TAG.integer, Buffer.from('05', 'hex'), '#020105'],
  ])('reads a string of tag %d (%j)', (tag, value, text) => {
    expect(name([[CN, tag, value]]).text).toBe(`CN=${text}`);
  });

  it('is the same for other cases, spaces and string types', () => {
    const one = name([[CN, TAG.utf8String, 'Test  User CA']]);
    expect(isSameName(one, name([[CN, TAG.printableString, ' test user ca']]))).toBe(true);
    expect(isSameName(one, name([[CN, TAG.utf8String, 'Test UserCA']]))).toBe(false);
    expect(isSameName(one, name([['2.5.4.10', TAG.utf8String, 'Test  User CA']]))).toBe(false);
  });

  it('is refused with more attributes than a name has', () => {
    const many = Array.from({ length: 65 }, (): Attribute[] => [[CN, TAG.utf8String, 'x']]);
    expect(() => name(...many)).toThrow('too many attributes');
  });
});
