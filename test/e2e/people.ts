import { createTestPki, type TestIdentity } from '@cinnabar/testing';
import type { RestCaller } from './rest-caller.ts';
import type { RunningKeyman } from './running-keyman.ts';

export const PASSWORD = 'Passwort-der-Probe';
export const PIN = 'Pin-4711-probe';
const PFX_PASSWORD = 'pfx-of-the-tests';

const pki = createTestPki();
type PersonName = Parameters<typeof pki.identity>[0];

export interface Signer {
  readonly userid: string;
  readonly certid: string;
  readonly identity: TestIdentity;
  /** With the signer's own session. */
  readonly client: RestCaller;
}

/** Adds a user, with PASSWORD. */
export async function addUser(
  admin: RestCaller,
  userid: string,
  members: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const user = { userid, pass: PASSWORD, email: `${userid}@example.test`, ...members };
  await admin.ok('User/Add', { user, disablenotify: true });
}

/** Adds a user and imports a certificate of the test PKI for him, under PIN. */
export async function addSigner(
  keyman: RunningKeyman,
  admin: RestCaller,
  userid: string,
  person: PersonName = 'ana',
): Promise<Signer> {
  await addUser(admin, userid);
  const client = await keyman.logIn(userid, PASSWORD);
  const certid = await importFor(client, person);
  return { userid, certid, identity: pki.identity(person), client };
}

export async function importFor(
  client: RestCaller,
  person: PersonName,
  members: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { cert } = await client.ok('Cert/ImportPFX', {
    cert: { name: `certificate of ${person}`, newpin: PIN, ...members },
    pfxdata: Buffer.from(pki.pfx(person, PFX_PASSWORD)).toString('base64'),
    pfxpass: PFX_PASSWORD,
  });
  return (cert as { certid: string }).certid;
}

export { pki, PFX_PASSWORD };
