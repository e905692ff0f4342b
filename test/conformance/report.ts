import type { Outcome } from './outcome.ts';
import type { Expectation } from './cases.ts';
import { caseId } from './cases.ts';

/** pyHanko 0.38 as a signer of the same folder, patient mode, passwords given: rows signed of those that begin with `sign`. */
const PEER = { name: 'pyHanko 0.38', signed: 68, of: 84 } as const;
const SYMBOLS = { ok: 'ok', note: 'ok*', gap: 'gap', fail: 'FAIL' } as const;

/** One row a document, then a line for everything that is to be said, then totals. */
export function printReport(outcomes: readonly Outcome[], judges: readonly string[], isCorpus: boolean): void {
  const rows = outcomes.map((outcome) => row(outcome, judges));
  const header = ['document', 'expected', 'answer', 'ms', ...judges, 'result'];
  const widths = header.map((title, index) =>
    Math.max(title.length, ...rows.map((cells) => cells[index]?.length ?? 0)),
  );
  for (const cells of [header, ...rows]) {
    console.log(
      cells
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
  console.log('');
  for (const { case: each, remarks, passed } of outcomes) {
    for (const remark of remarks) console.log(`${passed ? 'note' : 'FAIL'}  ${caseId(each)}: ${remark}`);
  }
  console.log('');
  printTotals(outcomes, judges, isCorpus);
}

function row({ case: each, answer, verdicts, passed }: Outcome, judges: readonly string[]): string[] {
  const cells = judges.map((judge) => {
    const verdict = verdicts.get(judge);
    return verdict === undefined ? '-' : SYMBOLS[verdict.outcome];
  });
  const answered = answer.kind === 'refused' ? answer.code : answer.kind;
  return [
    caseId(each),
    expected(each.expectation),
    answered,
    String(answer.millis),
    ...cells,
    passed ? 'passed' : 'FAILED',
  ];
}

function expected(expectation: Expectation): string {
  return expectation.must === 'refuse' ? `refuse ${expectation.code}` : ['sign', ...expectation.orRefuse].join(' | ');
}

function printTotals(outcomes: readonly Outcome[], judges: readonly string[], isCorpus: boolean): void {
  const signed = outcomes.filter(({ answer }) => answer.kind === 'signed');
  for (const judge of judges) {
    const counts = { ok: 0, note: 0, gap: 0, fail: 0 };
    for (const { verdicts } of signed) {
      const verdict = verdicts.get(judge);
      if (verdict !== undefined) counts[verdict.outcome] += 1;
    }
    const { ok, note, gap, fail } = counts;
    console.log(
      `${judge.padEnd(8)} accepts ${ok + note} of ${ok + note + gap + fail}` +
        (note > 0 ? ` (${note} with a note)` : '') +
        (gap > 0 ? `, gives no verdict on ${gap}` : '') +
        (fail > 0 ? `, rejects ${fail}` : ''),
    );
  }
  if (!isCorpus) return;
  const wanted = outcomes.filter(({ case: each }) => each.profile === 'enhanced' && each.expectation.must === 'sign');
  const good = wanted.filter(({ answer, passed }) => answer.kind === 'signed' && passed);
  console.log(
    `\nsigned, and accepted by every judge that can read the original: ${good.length} of ${wanted.length} rows to sign` +
      ` (a peer, ${PEER.name}, signs ${PEER.signed} of ${PEER.of})`,
  );
}

/** What `--json` writes: everything above, for a program. */
export function reportJson(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ case: each, answer, verdicts, passed, remarks }) => ({
    document: each.name,
    profile: each.profile,
    expectation: each.expectation,
    answer,
    verdicts: Object.fromEntries(verdicts),
    passed,
    remarks,
  }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}
