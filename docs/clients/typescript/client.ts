/** Signs through keyman with the typed client. Settings come from the environment: see docs/clients.md. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { KeymanClient, KeymanError } from '@cinnabar/keyman-api/client';

const { KEYMAN_URL = '', KEYMAN_LOGIN = '', KEYMAN_PASS = '', KEYMAN_CERTID = '', KEYMAN_PIN = '' } = process.env;
const keyman = new KeymanClient({
  url: KEYMAN_URL,
  module: 'typescript-client',
  credentials: { login: KEYMAN_LOGIN, pass: KEYMAN_PASS },
});
const key = { certid: KEYMAN_CERTID, pin: KEYMAN_PIN };
const wrongKey = { ...key, pin: 'not-the-pin' };

async function signHash(cert: typeof key): Promise<Uint8Array> {
  const digest = createHash('sha256')
    .update(await readFile('letter.txt'))
    .digest();
  return (await keyman.call('Sign/Hash', { cert, hash: { algorithm: 'SHA256', digest } })).data;
}

async function codeOf(call: Promise<unknown>): Promise<KeymanError | undefined> {
  return call.then(
    () => undefined,
    (error: unknown) => {
      if (KeymanError.is(error)) return error;
      throw error;
    },
  );
}

const steps: Record<string, () => Promise<unknown>> = {
  'log in': () => keyman.logIn(),
  'list certificates': async () => {
    const { certlist } = await keyman.call('Cert/ListAvailable', {});
    return certlist.some(({ certid }) => certid === key.certid);
  },
  'check the right pin': async () => (await keyman.call('Cert/PinCheck', { cert: key })).result,
  'check a wrong pin': async () => {
    const error = await codeOf(keyman.call('Cert/PinCheck', { cert: wrongKey }));
    return error?.code === 'K0009' && error.members['result'] === false;
  },
  'sign a hash': async () => {
    await writeFile('letter.sig', await signHash(key));
    return true;
  },
  'sign a pdf': async () => {
    const document = { path: 'document.pdf' };
    const signed = await keyman.stream('Signature/Pades', { cert: key, profile: 'enhanced', document });
    await pipeline(signed.data, createWriteStream('signed.pdf'));
    return true;
  },
  'read an error': async () => (await codeOf(signHash(wrongKey)))?.code === 'K0009',
};

for (const [name, step] of Object.entries(steps)) {
  const why = await step().then(
    (held) => (Boolean(held) ? undefined : 'not what was expected'),
    (error: unknown) => String(error),
  );
  if (why !== undefined) process.exitCode = 1;
  process.stdout.write(why === undefined ? `ok ${name}\n` : `FAIL ${name}: ${why}\n`);
}
await keyman.logOut();
