import { REFUSAL_LIMIT_MS, type Case } from './cases.ts';
import type { Answer } from './signing.ts';
import type { Verdict } from './verdict.ts';

/** Everything that is known about one case at the end. */
export interface Outcome {
  readonly case: Case;
  readonly answer: Answer;
  /** Judge → verdict; empty where nothing was signed. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
  readonly passed: boolean;
  /** Why it did not pass, or what is to be said though it did. */
  readonly remarks: readonly string[];
}

/** Is the answer what the case expects, and do all judges accept what was signed? */
export function outcomeOf(each: Case, answer: Answer, verdicts: ReadonlyMap<string, Verdict>): Outcome {
  const remarks: string[] = [];
  const trouble = answerTrouble(each, answer);
  if (trouble !== undefined) remarks.push(trouble);
  let passed = trouble === undefined;
  for (const [judge, { outcome, text }] of verdicts) {
    if (outcome === 'ok') continue;
    remarks.push(`${judge}${outcome === 'gap' ? ' gives no verdict' : ''}: ${text}`);
    if (outcome === 'fail') passed = false;
  }
  return { case: each, answer, verdicts, passed, remarks };
}

function answerTrouble({ expectation }: Case, answer: Answer): string | undefined {
  switch (answer.kind) {
    case 'broken':
      return answer.message;
    case 'signed':
      return expectation.must === 'refuse' ? `signed, where ${expectation.code} was due` : undefined;
    case 'refused': {
      const allowed = expectation.must === 'refuse' ? [expectation.code] : expectation.orRefuse;
      if (!allowed.includes(answer.code)) {
        return `${answer.message}${allowed.length === 0 ? '' : ` (only ${allowed.join(', ')} would do)`}`;
      }
      return answer.millis > REFUSAL_LIMIT_MS ? `refused after ${answer.millis} ms` : undefined;
    }
  }
}
