import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, runOrThrow } from './programs.ts';

/** What pdfsig has to say of a good signature. Its exit code says nothing. */
export const GOOD_SIGNATURE = [
  'Signature Validation: Signature is Valid.',
  'Certificate Validation: Certificate is Trusted.',
  'Total document signed',
] as const;

/** What pdfsig said of one signature. */
export interface PdfsigAnswer {
  /** Of GOOD_SIGNATURE, what it did not say; undefined: it does not see the signature at all. */
  readonly missing: readonly string[] | undefined;
  /** Its own words. */
  readonly text: string;
}

/** Runs `use` with a new NSS database in which one CA is trusted, for `pdfsig -nssdir`; the folder is gone afterwards. */
export async function withTrustIn<T>(anchorPath: string, use: (nssFolder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'cinnabar-nss-'));
  try {
    await runOrThrow('certutil', ['-N', '-d', `sql:${folder}`, '--empty-password']);
    await runOrThrow('certutil', ['-A', '-d', `sql:${folder}`, '-n', 'ca', '-t', 'CT,C,C', '-i', anchorPath]);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Asks pdfsig for the signature of `commonName`. `password`: poppler's arguments for an encrypted document. */
export async function askPdfsig(
  path: string,
  commonName: string,
  nssFolder: string,
  password: readonly string[] = [],
): Promise<PdfsigAnswer> {
  const { stdout, stderr } = await run('pdfsig', ['-nssdir', nssFolder, ...password, path]);
  const text = stdout.toString('utf8');
  const ours = text.split(/^Signature #/m).find((block) => block.includes(`Common Name: ${commonName}\n`));
  if (ours === undefined) return { missing: undefined, text: (stderr || text).trim() };
  return { missing: GOOD_SIGNATURE.filter((line) => !ours.includes(line)), text: ours.trim() };
}
