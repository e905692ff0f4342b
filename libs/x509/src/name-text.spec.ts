import { describe, expect, it } from '@jest/globals';
import { CodedError } from '@cinnabar/core';
import fc from 'fast-check';
import { DerCursor } from './der/der-cursor.ts';
import { takeDistinguishedName } from './distinguished-name.ts';
import { encodeNameText } from './name-encoding.ts';

const CONTROL_CHARACTER = /\p{Cc}/u;

/** Any text that a common name may hold, escapes and spaces everywhere. */
const value = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    fc.string({ unit: fc.constantFrom(...Array.from(' "#+,;<=>\\aé🖋')), minLength: 1, maxLength: 20 }),
  )
  .map((text) => text.normalize('NFC'))
  .filter((text) => !CONTROL_CHARACTER.test(text) && text.isWellFormed() && Array.from(text).length <= 64);
const type = fc.constantFrom('CN', 'O', 'OU', 'L', 'ST', 'T', 'PSEUDONYM', 'UID', '2.5.4.97', '1.3.6.1.4.1.99999.1');

/** RFC 4514 2.4, in the form that escapes every character: two hexadecimal digits for each octet. */
const inHex = (text: string): string =>
  [...Buffer.from(text, 'utf8')].map((octet) => `\\${octet.toString(16).padStart(2, '0')}`).join('');

const printed = (nameDer: Uint8Array) => takeDistinguishedName(new DerCursor(nameDer, 'name'));

describe('a written name', () => {
  it('comes back as it was, and what is printed is read as the same name', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(type, value), { minLength: 1, maxLength: 8 }), (attributes) => {
        const written = attributes.map(([name, text]) => `${name}=${inHex(text)}`).join(',');
        const encoded = encodeNameText(written, 'subject');
        const { text, relativeNames } = printed(encoded);
        expect(relativeNames.toReversed().map(([attribute]) => attribute?.value)).toEqual(
          attributes.map(([, each]) => each),
        );
        expect(Buffer.compare(encodeNameText(text, 'subject'), encoded)).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  it('of any other text is refused, and the refusal quotes nothing of it', () => {
    const secret = 'S3cr3t-4711';
    const anything = fc.string({ unit: fc.constantFrom(...Array.from('CNO=,+\\"# 5aé'), secret), maxLength: 30 });
    fc.assert(
      fc.property(anything, (text) => {
        try {
          expect(printed(encodeNameText(text, 'subject')).relativeNames.length).toBeGreaterThan(0);
        } catch (error) {
          if (!CodedError.is(error, 'invalid-parameter')) throw error;
          expect(error.publicDetail).toMatch(/^subject: /);
          expect(error.publicDetail).not.toContain(secret);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('that is hostile is refused at once', () => {
    for (const text of [
      '\\'.repeat(2048),
      'CN='.repeat(700),
      `CN=${'\\41'.repeat(680)}`,
      `CN=${' '.repeat(2045)}`,
      '+'.repeat(2048),
    ])
      expect(() => encodeNameText(text, 'subject')).toThrow(expect.objectContaining({ code: 'invalid-parameter' }));
  });
});
