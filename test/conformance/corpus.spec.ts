import { describe, expect, it } from '@jest/globals';
import { basicProfileCases, casesOfCorpus, expectationOf, passwordsOf } from './corpus.ts';
import { CORPUS, corpusIsThere } from './places.ts';

describe('the index of a corpus', () => {
  it.each([
    ['', []],
    ['(empty)', []],
    ['needs private key', []],
    ["' ' (one space)", [' ']],
    ['usersecret / ownersecret', ['usersecret', 'ownersecret']],
    ['SªSL\\u00adprep', ['SªSL\u00adprep']],
  ])('reads the password column %j', (field, passwords) => {
    expect(passwordsOf(field)).toEqual(passwords);
  });

  it('reads what is expected, and stops at what it does not understand', () => {
    expect(expectationOf('sign')).toEqual({ must: 'sign', orRefuse: [] });
    expect(expectationOf('sign (password)')).toEqual({ must: 'sign', orRefuse: ['K0014', 'K0017'] });
    expect(expectationOf('sign or refuse K0013')).toEqual({ must: 'sign', orRefuse: ['K0013'] });
    expect(expectationOf('refuse K0008')).toEqual({ must: 'refuse', code: 'K0008' });
    expect(() => expectationOf('sing')).toThrow('sing');
  });

  const whereThere = corpusIsThere(CORPUS) ? it : it.skip;
  whereThere('has the rows that the comparison with the peer counts (skipped without ../shared)', () => {
    const cases = casesOfCorpus(CORPUS);
    expect(cases.filter(({ expectation }) => expectation.must === 'sign')).toHaveLength(84);
    expect(basicProfileCases(cases, 3).map(({ profile }) => profile)).toEqual(['basic', 'basic', 'basic']);
  });
});
