import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signPdf, type KeyAccess } from '../../apps/keyman/src/tools/demo/enrolment.ts';
import { Refusal, type KeymanClient } from '../../apps/keyman/src/tools/demo/keyman-client.ts';
import { caseId, type Case } from './cases.ts';

/** What the server answered to one case. */
export type Answer =
  | { readonly kind: 'signed'; readonly path: string; readonly password: string | undefined; readonly millis: number }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string; readonly millis: number }
  /** No answer that the contract knows. */
  | { readonly kind: 'broken'; readonly message: string; readonly millis: number };

/** A certificate on the server, and who may use it. */
export interface SigningAccess {
  readonly client: KeymanClient;
  readonly key: KeyAccess;
}

/** Refusals that another password may cure: wrong password, and a right one that does not allow signing. */
const WORTH_ANOTHER_PASSWORD = ['K0008', 'K0014'];

/** Has one document signed, with each of its passwords until one opens it; writes the result to `folder`. */
export async function signCase(each: Case, access: SigningAccess, folder: string): Promise<Answer> {
  const document = await readFile(each.path);
  const candidates = each.passwords.length === 0 ? [undefined] : each.passwords;
  let answer: Answer = { kind: 'broken', message: 'nothing was asked', millis: 0 };
  for (const password of candidates) {
    answer = await signOnce(each, document, password, access, folder);
    if (answer.kind !== 'refused' || !WORTH_ANOTHER_PASSWORD.includes(answer.code)) break;
  }
  return answer;
}

async function signOnce(
  each: Case,
  document: Buffer,
  password: string | undefined,
  { client, key }: SigningAccess,
  folder: string,
): Promise<Answer> {
  const start = performance.now();
  const millis = (): number => Math.round(performance.now() - start);
  try {
    const signed = await signPdf(client, key, document, { profile: each.profile, password });
    const elapsed = millis();
    const path = join(folder, caseId(each));
    await writeFile(path, signed);
    return { kind: 'signed', path, password, millis: elapsed };
  } catch (error) {
    if (error instanceof Refusal) {
      return { kind: 'refused', code: error.code, message: error.message, millis: millis() };
    }
    return { kind: 'broken', message: error instanceof Error ? error.message : String(error), millis: millis() };
  }
}
