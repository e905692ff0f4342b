import { describe, expect, it } from '@jest/globals';
import { shortcomingOf, type PinRules } from './pin-rules.ts';

const LAX: PinRules = { minLength: 4, letters: false, digits: false, symbols: false, distinct: 1 };

describe('the rules for a PIN', () => {
  it.each([
    ['123', LAX, 'has at least 4 characters'],
    ['1234', LAX, undefined],
    ['123456', { ...LAX, letters: true }, 'holds at least one letter'],
    ['12345я', { ...LAX, letters: true }, undefined],
    ['secret', { ...LAX, digits: true }, 'holds at least one digit'],
    ['secret٣', { ...LAX, digits: true }, undefined],
    ['secret²', { ...LAX, digits: true }, 'holds at least one digit'],
    ['secret42', { ...LAX, symbols: true }, 'holds at least one character that is neither letter nor digit'],
    ['secret 42', { ...LAX, symbols: true }, 'holds at least one character that is neither letter nor digit'],
    ['secret-42', { ...LAX, symbols: true }, undefined],
    ['111111', { ...LAX, distinct: 3 }, 'has at least 3 different characters'],
    ['121213', { ...LAX, distinct: 3 }, undefined],
  ])('%s under %j: %s', (pin, rules, shortcoming) => {
    expect(shortcomingOf(pin, rules)).toBe(shortcoming);
  });

  it('counts characters as custody takes them: one for an accented letter, however it is written, and for an emoji', () => {
    expect(shortcomingOf('e\u0301e\u0301e\u0301', LAX)).toBe('has at least 4 characters');
    expect(shortcomingOf('🔑🔑', LAX)).toBe('has at least 4 characters');
    expect(shortcomingOf('🔑🔑🔑🔑', LAX)).toBeUndefined();
    expect(shortcomingOf('e\u0301\u00e9e\u0301\u00e9', { ...LAX, distinct: 2 })).toBe(
      'has at least 2 different characters',
    );
  });

  it('takes no half of a character: to custody one is as good as any other', () => {
    expect(shortcomingOf('\ud800\ud801\ud802\ud803', LAX)).toBe('has whole characters only (Unicode)');
    expect(shortcomingOf('abcd\udc00', LAX)).toBe('has whole characters only (Unicode)');
  });
});
