import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { adminPassword } from './admin-password.ts';
import { curlLine } from './curl-line.ts';
import type { DemoOptions } from './demo-options.ts';
import { addThrowAwayUser, importIdentity, signPdf } from './enrolment.ts';
import { KeymanClient, Refusal, ServerNotThere } from './keyman-client.ts';
import { opensslComplaint } from './openssl-check.ts';
import { askPdfsig, withTrustIn } from './pdfsig-check.ts';
import { samplePdf } from './sample-pdf.ts';
import { mustBeFreeToWrite, signedPathOf } from './signed-file.ts';
import { makeThrowAwayIdentity } from './throw-away-identity.ts';

const SIGNER = 'Cinnabar Demo Signer';
const SAMPLE_FILE = 'cinnabar-demo.pdf';

/** Where the demonstration runs. */
export interface DemoPlace {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where `var/` lies if CINNABAR_HOME is not set. */
  readonly repositoryRoot: string;
  /** Writes one line for the person who watches. */
  readonly tell: (line: string) => void;
}

/**
 * From nothing to a checked signature, telling each step.
 * @throws with a sentence for the person at the terminal
 */
export async function demonstrate(options: DemoOptions, place: DemoPlace): Promise<void> {
  const { tell } = place;
  await mustAnswer(options.url);
  tell(`server    ${options.url} is ready`);
  const file = options.file ?? (await sampleFile(place));
  const original = await readFile(file).catch((error: unknown) => {
    throw new Error(`${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  });
  const signedPath = signedPathOf(file);
  if (!options.force) await mustBeFreeToWrite(signedPath, original, SIGNER);

  const folder = await mkdtemp(join(tmpdir(), 'cinnabar-demo-'));
  try {
    const identity = await makeThrowAwayIdentity(folder, SIGNER);
    tell(
      `signer    made a throw-away CA and a certificate for "${SIGNER}" with openssl (PFX, ${identity.pfx.length} bytes)`,
    );

    const observe = options.verbose
      ? (operation: string, body: unknown): void => tell(`          ${curlLine(options.url, operation, body)}`)
      : (): void => undefined;
    const visitor = new KeymanClient(options.url, { observe });
    const admin = await loginAsAdmin(visitor, place);
    tell('login     as "admin", the first administrator');
    const { userid, pass } = await addThrowAwayUser(admin);
    tell(`user      added "${userid}", with a random password`);
    const user = await visitor.login(userid, pass);
    tell(`login     as "${userid}": from here on nobody else is needed, an administrator could not sign`);
    const key = await importIdentity(user, identity);
    tell(`import    the key went into the HSM's custody as certificate ${key.certid}; a random PIN opens it`);

    const start = performance.now();
    const signed = await signPdf(user, key, original, { profile: 'enhanced', password: options.password });
    const millis = Math.round(performance.now() - start);
    await writeFile(signedPath, signed);
    tell(`sign      ${basename(file)} → ${basename(signedPath)}, PAdES, ${signed.length} bytes, ${millis} ms`);
    await check(signedPath, original, identity.anchorPath, options, tell);
    tell(`done      ${signedPath}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function check(
  signedPath: string,
  original: Buffer,
  anchorPath: string,
  options: DemoOptions,
  tell: DemoPlace['tell'],
): Promise<void> {
  const signed = await readFile(signedPath);
  if (!signed.subarray(0, original.length).equals(original)) throw new Error('the original is not kept byte by byte');
  tell(`check     the first ${original.length} bytes are the original, untouched`);
  const password = options.password === undefined ? [] : ['-upw', options.password, '-opw', options.password];
  const { missing, text } = await withTrustIn(anchorPath, (nss) => askPdfsig(signedPath, SIGNER, nss, password));
  if (missing?.length !== 0) throw new Error(`pdfsig does not accept the signature:\n${text}`);
  tell('check     pdfsig: "Signature is Valid", "Certificate is Trusted", "Total document signed"');
  const complaint = await opensslComplaint(signedPath, original.length, anchorPath, true);
  if (complaint !== undefined) throw new Error(`openssl does not accept the signature: ${complaint}`);
  tell('check     openssl cms -verify -cades: "CAdES Verification successful"');
}

async function mustAnswer(url: string): Promise<void> {
  const answer = await fetch(`${url}/health/ready`).catch((error: unknown) => {
    throw new ServerNotThere(url, error);
  });
  if (!answer.ok) throw new Error(`the server at ${url} is not ready (HTTP ${answer.status}); its log says why`);
}

async function loginAsAdmin(visitor: KeymanClient, place: DemoPlace): Promise<KeymanClient> {
  const pass = await adminPassword(place.environment, place.repositoryRoot);
  return visitor.login('admin', pass).catch((error: unknown) => {
    if (error instanceof Refusal && error.code === 'K0002') {
      throw new Error(
        '"admin" cannot log in: was the first password changed? Give the new one in KEYMAN_ADMIN_PASSWORD',
      );
    }
    throw error;
  });
}

/** The sample in the current folder, made if it is not there yet. */
async function sampleFile({ tell }: DemoPlace): Promise<string> {
  const path = resolve(SAMPLE_FILE);
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (!exists) await writeFile(path, samplePdf('Signed by Cinnabar.'));
  tell(`document  ${path}${exists ? '' : ', made for this demonstration'}`);
  return path;
}
