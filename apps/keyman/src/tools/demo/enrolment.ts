import { randomBytes } from 'node:crypto';
import { textMember, type KeymanClient } from './keyman-client.ts';
import type { ThrowAwayIdentity } from './throw-away-identity.ts';

/** A key on the server, and the PIN that opens it. */
export interface KeyAccess {
  readonly certid: string;
  readonly pin: string;
}

/** Adds a user with a random name and password; `admin` is a client that an administrator logged in. */
export async function addThrowAwayUser(
  admin: KeymanClient,
): Promise<{ readonly userid: string; readonly pass: string }> {
  const userid = `demo-${randomBytes(4).toString('hex')}`;
  const pass = secret();
  await admin.call('User/Add', {
    user: { userid, pass, email: `${userid}@example.test`, name: 'Demo', lastname: 'User' },
    disablenotify: true,
  });
  return { userid, pass };
}

/** Imports the identity's PFX as a certificate of the user that `client` stands for, under a new random PIN. */
export async function importIdentity(client: KeymanClient, identity: ThrowAwayIdentity): Promise<KeyAccess> {
  const pin = secret();
  const answer = await client.call('Cert/ImportPFX', {
    cert: { name: identity.commonName, newpin: pin },
    pfxdata: identity.pfx.toString('base64'),
    pfxpass: identity.pfxPassword,
  });
  return { certid: textMember(answer, 'cert', 'certid'), pin };
}

/** Has a PDF signed and answers the signed one. `password` opens an encrypted document. */
export async function signPdf(
  client: KeymanClient,
  key: KeyAccess,
  document: Uint8Array,
  options: { readonly profile: 'basic' | 'enhanced'; readonly password?: string | undefined },
): Promise<Buffer> {
  const answer = await client.call('Signature/Pades', {
    cert: key,
    document: Buffer.from(document).toString('base64'),
    profile: options.profile,
    ...(options.password === undefined ? {} : { parameters: { pdfparameters: { pwd: options.password } } }),
  });
  return Buffer.from(textMember(answer, 'data'), 'base64');
}

function secret(): string {
  return randomBytes(18).toString('base64url');
}
