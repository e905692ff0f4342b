import { runOrThrow } from '../../../apps/keyman/src/tools/demo/programs.ts';
import { PYHANKO_JUDGE, PYHANKO_PYTHON } from '../places.ts';
import { fail, gap, note, OK, type Judge, type Verdict } from '../verdict.ts';

/** pyHanko: mathematics, trust, coverage, and what changed after signing. */
export const pyhanko: Judge = {
  name: 'pyHanko',
  async judge(documents, signer) {
    const jobs = documents
      .map(({ signedPath, originalPath, password }) => `${signedPath}\t${originalPath}\t${password ?? ''}\n`)
      .join('');
    const output = await runOrThrow(PYHANKO_PYTHON, [PYHANKO_JUDGE, signer.anchorPath], {
      input: jobs,
      timeoutMs: 600_000,
    });
    const findings = output
      .toString('utf8')
      .split('\n')
      .map((line) => line.split('\t'));
    return new Map(
      documents.map(({ id, signedPath }) => [
        id,
        verdict(
          findings.filter(([file]) => file === signedPath),
          signer.commonName,
        ),
      ]),
    );
  },
};

function verdict(findings: readonly (readonly string[])[], signer: string): Verdict {
  const ours = findings.filter(([, kind, signedBy]) => kind === 'SIG' && signedBy === signer);
  const [finding] = ours;
  if (finding === undefined) {
    const unreadable = findings.find(([, kind]) => kind === 'GAP');
    if (unreadable !== undefined) return gap(`cannot read the original either: ${unreadable[6]}`);
    return fail(
      findings.map(([, kind, , mode, , , reason]) => `${kind} (${mode}) ${reason}`).join('; ') || 'no answer',
    );
  }
  if (ours.length > 1) return fail(`${ours.length} signatures of ${signer}`);
  const [, , , mode, bottomLine, summary, reason] = finding;
  if (bottomLine !== 'VALID') return fail(`${bottomLine} ${summary} ${reason}`.trim());
  return mode === 'strict' ? OK : note('judged without strict mode, which cannot read the original either');
}
