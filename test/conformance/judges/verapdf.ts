import { run } from '../../../apps/keyman/src/tools/demo/programs.ts';
import { VERAPDF_CLASSPATH } from '../places.ts';
import { fail, OK, type Judge, type Verdict } from '../verdict.ts';

/** veraPDF: what conformed to PDF/A or PDF/UA before signing must conform after it. Silent about all else. */
export const verapdf: Judge = {
  name: 'veraPDF',
  async judge(documents) {
    const before = await passes([...new Set(documents.map(({ originalPath }) => originalPath))]);
    const conforming = documents.filter(({ originalPath }) => (before.get(originalPath) ?? []).length > 0);
    const after = await passes(conforming.map(({ signedPath }) => signedPath));
    return new Map(
      conforming.map(({ id, originalPath, signedPath }): [string, Verdict] => {
        const lost = (before.get(originalPath) ?? []).filter((flavour) => !after.get(signedPath)?.includes(flavour));
        return [id, lost.length === 0 ? OK : fail(`no longer ${lost.join(', ')}`)];
      }),
    );
  },
};

/** Path → the flavours that it claims and keeps (`1b`, `ua1`). A file that claims none is not listed. */
async function passes(paths: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  if (paths.length === 0) return found;
  const cli = ['-cp', VERAPDF_CLASSPATH, 'org.verapdf.apps.GreenfieldCliWrapper', '--format', 'text'];
  const { exitCode, stdout, stderr } = await run('java', [...cli, ...paths], { timeoutMs: 300_000 });
  const text = stdout.toString('utf8');
  // It answers nothing about encrypted files, and has exit codes for that; 1 is also how a virtual machine fails.
  if (exitCode === 124 || (exitCode === 1 && text === '')) {
    throw new Error(`veraPDF judged nothing: ${stderr.trim().slice(-300)}`);
  }
  for (const [, path = '', flavour = ''] of text.matchAll(/^PASS (.*) (\S+)$/gm)) {
    found.set(path, [...(found.get(path) ?? []), flavour]);
  }
  return found;
}
