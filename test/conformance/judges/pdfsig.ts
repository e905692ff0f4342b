import { askPdfsig, withTrustIn } from '../../../apps/keyman/src/tools/demo/pdfsig-check.ts';
import { run } from '../../../apps/keyman/src/tools/demo/programs.ts';
import { popplerPassword } from '../poppler.ts';
import { fail, gap, judgeOfOne, OK, type Judge, type SignedDocument, type Signer, type Verdict } from '../verdict.ts';

/** poppler's pdfsig, with the throw-away CA in an NSS database of its own. */
export const pdfsig: Judge = {
  name: 'pdfsig',
  judge: (documents, signer) =>
    withTrustIn(signer.anchorPath, (nssFolder) =>
      judgeOfOne('pdfsig', (document) => judgeOne(document, signer, nssFolder)).judge(documents, signer),
    ),
};

async function judgeOne(document: SignedDocument, signer: Signer, nssFolder: string): Promise<Verdict> {
  const password = popplerPassword(document.password);
  const { missing, text } = await askPdfsig(document.signedPath, signer.commonName, nssFolder, password);
  if (missing?.length === 0) return OK;
  if (missing !== undefined) return fail(`does not say ${missing.join(', ')}: ${saidInstead(text)}`);
  const original = await run('pdfsig', [...password, document.originalPath]);
  // Of a file that it can open it says that there is none.
  return original.stdout.includes('does not contain any signatures')
    ? fail(`finds no signature of ${signer.commonName}: ${text.slice(0, 200)}`)
    : gap(`cannot read the original either: ${original.stderr.trim().slice(0, 200)}`);
}

function saidInstead(text: string): string {
  return [...text.matchAll(/^\s*- (Signature Validation|Certificate Validation|Not total|Total).*$/gm)]
    .map(([line]) => line.trim())
    .join(' ');
}
