import { describe, expect, it } from '@jest/globals';
import { globMatcher, readOptions } from './options.ts';

describe('the options of bin/conformance', () => {
  it('choose documents by a glob, in which a dot is a dot', () => {
    const matches = globMatcher('vera-*.pdf');
    expect(matches('vera-7.18.1-t01-pass-a.pdf')).toBe(true);
    expect(matches('vera-7xpdf')).toBe(false);
    expect(globMatcher('*')('anything')).toBe(true);
  });

  it('refuse what they do not know', () => {
    expect(() => readOptions(['--fodler', 'x'])).toThrow();
  });
});
