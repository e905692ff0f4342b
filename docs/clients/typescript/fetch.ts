/** Signs through keyman's REST interface with nothing but fetch. Settings come from the environment: see docs/clients.md. */
import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';

const { KEYMAN_URL = '', KEYMAN_LOGIN = '', KEYMAN_PASS = '', KEYMAN_CERTID = '', KEYMAN_PIN = '' } = process.env;
const key = { certid: KEYMAN_CERTID, pin: KEYMAN_PIN };
const wrongKey = { ...key, pin: 'not-the-pin' };
let token = '';

interface Answer {
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly [member: string]: unknown;
}

/** Application errors come with HTTP 200: look at `error`, not at the status. */
async function call(operation: string, request: unknown): Promise<Answer> {
  const response = await fetch(`${KEYMAN_URL}/Keyman/rest/v3/${operation}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authentication: token },
    body: JSON.stringify(request),
    redirect: 'error',
    signal: AbortSignal.timeout(60_000),
  });
  return (await response.json()) as Answer;
}

async function checked(operation: string, request: unknown): Promise<Answer> {
  const answer = await call(operation, request);
  if (answer.error !== null && answer.error.code !== 'K0000')
    throw new Error(`${operation}: ${answer.error.code} ${answer.error.message}`);
  return answer;
}

async function hashOf(path: string) {
  const digest = createHash('sha256').update(await readFile(path));
  return { algorithm: 'SHA256', digest: digest.digest('base64') };
}

/** As a form: the document leaves and comes back as bytes. */
async function signPdf(path: string): Promise<Uint8Array> {
  const form = new FormData();
  form.set('request', JSON.stringify({ cert: key, profile: 'enhanced' }));
  form.set('document', await openAsBlob(path));
  const response = await fetch(`${KEYMAN_URL}/Keyman/rest/v3/Signature/Pades`, {
    method: 'POST',
    headers: { authentication: token, accept: 'application/octet-stream' },
    body: form,
    redirect: 'error',
  });
  if (response.headers.get('content-type') !== 'application/octet-stream') throw new Error(await response.text());
  return new Uint8Array(await response.arrayBuffer());
}

const steps: Record<string, () => Promise<unknown>> = {
  'log in': async () => {
    const request = { module: 'typescript-fetch', authmethod: 'pass', login: KEYMAN_LOGIN, pass: KEYMAN_PASS };
    return (token = String((await checked('Auth/Login', request))['token']));
  },
  'list certificates': async () => {
    const certlist = (await checked('Cert/ListAvailable', {}))['certlist'] as readonly { certid: string }[];
    return certlist.some(({ certid }) => certid === key.certid);
  },
  'check the right pin': async () => (await checked('Cert/PinCheck', { cert: key }))['result'],
  'check a wrong pin': async () => {
    const answer = await call('Cert/PinCheck', { cert: wrongKey });
    return answer.error?.code === 'K0009' && answer['result'] === false;
  },
  'sign a hash': async () => {
    const { data } = await checked('Sign/Hash', { cert: key, hash: await hashOf('letter.txt') });
    await writeFile('letter.sig', String(data), 'base64');
    return true;
  },
  'sign a pdf': async () => {
    await writeFile('signed.pdf', await signPdf('document.pdf'));
    return true;
  },
  'read an error': async () =>
    (await call('Sign/Hash', { cert: wrongKey, hash: await hashOf('letter.txt') })).error?.code === 'K0009',
};

for (const [name, step] of Object.entries(steps)) {
  const why = await step().then(
    (held) => (Boolean(held) ? undefined : 'not what was expected'),
    (error: unknown) => String(error),
  );
  if (why !== undefined) process.exitCode = 1;
  process.stdout.write(why === undefined ? `ok ${name}\n` : `FAIL ${name}: ${why}\n`);
}
