import { readFile, writeFile } from 'node:fs/promises';
import { fail, type Judge, type SignedDocument, type Signer, type Verdict } from './verdict.ts';

const SUFFIX = '.tampered.pdf';

/**
 * Asks a judge about the documents and about one more: the first of them with one signed byte changed. A judge that
 * accepts that one has no say, so its verdicts on all others become failures.
 */
export async function judgeAndProve(
  judge: Judge,
  documents: readonly SignedDocument[],
  signer: Signer,
): Promise<ReadonlyMap<string, Verdict>> {
  const [first] = documents;
  if (first === undefined) return new Map();
  const tampered = await tamperedCopy(first, judge.name);
  const verdicts = new Map(await judge.judge([...documents, tampered], signer));
  const onTampered = verdicts.get(tampered.id);
  verdicts.delete(tampered.id);
  if (onTampered?.outcome === 'fail') return verdicts;
  return new Map([...verdicts.keys()].map((id) => [id, fail('accepts a document that was changed after signing')]));
}

/** The header's minor version is signed, and every reader reads past another digit there. */
async function tamperedCopy(document: SignedDocument, judge: string): Promise<SignedDocument> {
  const bytes = await readFile(document.signedPath);
  const place = bytes.indexOf('%PDF-') + '%PDF-1.'.length;
  bytes[place] = bytes[place] === 0x34 ? 0x35 : 0x34;
  const signedPath = `${document.signedPath}.${judge}${SUFFIX}`;
  await writeFile(signedPath, bytes);
  return { ...document, id: `${document.id}${SUFFIX}`, signedPath };
}
