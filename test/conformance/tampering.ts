import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, type Judge, type SignedDocument, type Signer, type Verdict } from './verdict.ts';

const SUFFIX = '.tampered.pdf';

/** A judge may be unable to read one of them at all. */
const TAMPERED_COPIES = 3;

/**
 * Asks a judge about the documents, and about copies of the first few with one signed byte changed. A judge that accepts
 * one of those has no say, so its verdicts on all others become failures.
 */
export async function judgeAndProve(
  judge: Judge,
  documents: readonly SignedDocument[],
  signer: Signer,
): Promise<ReadonlyMap<string, Verdict>> {
  if (documents.length === 0) return new Map();
  const chosen = documents.slice(0, TAMPERED_COPIES);
  const folder = await mkdtemp(join(tmpdir(), 'conformance-tampered-'));
  const copies = await Promise.all(chosen.map((document) => tamperedCopy(document, folder)));
  const verdicts = await judge.judge([...documents, ...copies], signer).finally(() => rm(folder, { recursive: true }));
  const accepts = copies.some(({ id }) => ['ok', 'note'].includes(verdicts.get(id)?.outcome ?? 'ok'));
  const wanted = [...verdicts].filter(([id]) => !copies.some((copy) => copy.id === id));
  if (!accepts) return new Map(wanted);
  return new Map(wanted.map(([id]) => [id, fail('accepts a document that was changed after signing')]));
}

/** The header's minor version is signed, and every reader reads past another digit there. */
async function tamperedCopy(document: SignedDocument, folder: string): Promise<SignedDocument> {
  const bytes = await readFile(document.signedPath);
  const place = bytes.indexOf('%PDF-') + '%PDF-1.'.length;
  bytes[place] = bytes[place] === 0x34 ? 0x35 : 0x34;
  const signedPath = join(folder, `${document.id}${SUFFIX}`);
  await writeFile(signedPath, bytes);
  return { ...document, id: `${document.id}${SUFFIX}`, signedPath };
}
