import { readFile } from 'node:fs/promises';
import { run } from '../../../apps/keyman/src/tools/demo/programs.ts';
import { popplerPassword } from '../poppler.ts';
import { fail, judgeOfOne, note, OK, type Verdict } from '../verdict.ts';

/** The original is the beginning of what came back, byte by byte. */
export const prefix = judgeOfOne('prefix', async ({ originalPath, signedPath }) => {
  const [original, signed] = await Promise.all([readFile(originalPath), readFile(signedPath)]);
  return signed.subarray(0, original.length).equals(original) ? OK : fail('the original is not a prefix');
});

/** As many pages as before, in the eyes of poppler's pdfinfo. */
export const pages = judgeOfOne('pages', async ({ originalPath, signedPath, password }): Promise<Verdict> => {
  const [before, after] = [await pageCount(originalPath, password), await pageCount(signedPath, password)];
  if (before === undefined) return note(`pdfinfo cannot count those of the original; now ${after ?? 'neither'}`);
  return before === after ? OK : fail(`${before} pages before, ${after ?? 'none'} after`);
});

async function pageCount(path: string, password: string | undefined): Promise<number | undefined> {
  const { stdout } = await run('pdfinfo', [...popplerPassword(password), path]);
  const count = /^Pages:\s+(\d+)$/m.exec(stdout.toString('utf8'))?.[1];
  return count === undefined ? undefined : Number(count);
}
