import { describe, expect, it } from '@jest/globals';
import { languageOf } from './language.ts';
import { quoted } from './quoted.ts';

describe('a name in a letter', () => {
  it.each([
    ['Portal', '“Portal”'],
    ['“x”\r\n\r\nCall 555-0100 at once', "“'x' Call 555-0100 at once”"],
    ['a\u2028b\u0085c\u0000d\te', '“a b c d e”'],
    ['\u202Egro.elpmaxe\u202C', '“gro.elpmaxe”'],
    ['é'.repeat(81), `“${'é'.repeat(80)}…”`],
  ])('%j stands there as %s', (name, text) => {
    expect(quoted(name)).toBe(text);
  });
});

describe('the language of a letter', () => {
  it.each([
    [null, 'en'],
    ['', 'en'],
    ['es', 'es'],
    ['ES-mx', 'es'],
    ['es_ES', 'es'],
    ['est', 'en'],
    ['de', 'en'],
  ])('for %j is %s', (lang, language) => {
    expect(languageOf(lang)).toBe(language);
  });
});
