import { describe, expect, it } from '@jest/globals';
import type { Case, Expectation } from './cases.ts';
import { outcomeOf } from './outcome.ts';
import type { Answer } from './signing.ts';
import { fail, gap, note, OK } from './verdict.ts';

const SIGN: Expectation = { must: 'sign', orRefuse: ['K0013'] };
const SIGNED: Answer = { kind: 'signed', path: 'a.pdf', password: undefined, millis: 5 };

function caseOf(expectation: Expectation): Case {
  return { name: 'a.pdf', path: 'a.pdf', passwords: [], profile: 'enhanced', expectation, special: '' };
}

function refused(code: string, millis = 5): Answer {
  return { kind: 'refused', code, message: `${code}: no`, millis };
}

describe('the outcome of a case', () => {
  it('passes if every judge accepts, and keeps what is to be said', () => {
    const verdicts = new Map([
      ['DSS', OK],
      ['pyHanko', gap('cannot read it')],
      ['pages', note('none')],
    ]);
    const { passed, remarks } = outcomeOf(caseOf(SIGN), SIGNED, verdicts);
    expect(passed).toBe(true);
    expect(remarks).toEqual(['pyHanko gives no verdict: cannot read it', 'pages: none']);
  });

  it('fails if one judge rejects', () => {
    expect(outcomeOf(caseOf(SIGN), SIGNED, new Map([['DSS', fail('INDETERMINATE')]])).passed).toBe(false);
  });

  it('fails if a document was signed that had to be refused', () => {
    expect(outcomeOf(caseOf({ must: 'refuse', code: 'K0008' }), SIGNED, new Map()).passed).toBe(false);
  });

  it('takes a refusal only with the code that the row allows', () => {
    expect(outcomeOf(caseOf(SIGN), refused('K0013'), new Map()).passed).toBe(true);
    expect(outcomeOf(caseOf(SIGN), refused('K0001'), new Map()).passed).toBe(false);
    expect(outcomeOf(caseOf({ must: 'sign', orRefuse: [] }), refused('K0013'), new Map()).passed).toBe(false);
  });

  it('takes no refusal that took too long', () => {
    expect(outcomeOf(caseOf(SIGN), refused('K0013', 5_001), new Map()).passed).toBe(false);
  });
});
