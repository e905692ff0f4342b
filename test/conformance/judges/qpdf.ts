import { run } from '../../../apps/keyman/src/tools/demo/programs.ts';
import { fail, judgeOfOne, OK, type SignedDocument, type Verdict } from '../verdict.ts';

/** qpdf's structure check: it may find nothing that it did not find in the original. */
export const qpdf = judgeOfOne('qpdf', judgeOne);

/** From good to bad: nothing, warnings, errors. */
const SEVERITY: Readonly<Record<number, number>> = { 0: 0, 3: 1, 2: 2 };

async function judgeOne(document: SignedDocument): Promise<Verdict> {
  const before = await check(document.originalPath, document.password);
  const after = await check(document.signedPath, document.password);
  if (after.severity > before.severity) return fail(after.complaints.join('; ').slice(0, 300));
  const unexplained = after.complaints.filter((complaint) => !before.complaints.includes(complaint));
  return unexplained.length === 0 ? OK : fail(`new: ${unexplained.join('; ').slice(0, 300)}`);
}

async function check(
  path: string,
  password: string | undefined,
): Promise<{ readonly severity: number; readonly complaints: readonly string[] }> {
  const given = password === undefined ? [] : [`--password=${password}`];
  const { exitCode, stdout, stderr } = await run('qpdf', ['--check', ...given, path]);
  const complaints = `${stdout.toString('utf8')}\n${stderr}`
    .split('\n')
    .filter((line) => /^(WARNING|ERROR|qpdf): /.test(line) || line.startsWith(`${path} (`))
    // The same finding has another offset, and another generation of the table, once something was appended.
    .map((line) =>
      line
        .replaceAll(path, '')
        .replace(/offset \d+/g, 'offset')
        .replace(/\d{3,}/g, 'N')
        .trim(),
    );
  return { severity: SEVERITY[exitCode] ?? 3, complaints };
}
