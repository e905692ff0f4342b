import { createHash, randomBytes, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findPkcs11Module } from '@cinnabar/custody/pkcs11';
import { buildFaultyModule, type FaultyModule } from '@cinnabar/testing';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { addUser, importFor, PASSWORD, PFX_PASSWORD, PIN, pki } from './people.ts';
import { RunningKeyman, type Environment } from './running-keyman.ts';

/** As some HSMs do it: C_CreateObject of CKO_PRIVATE_KEY is answered CKR_TEMPLATE_INCONSISTENT. */
const NO_PRIVATE_KEYS = 'C_CreateObject:3 209';

/** SoftHSM behind a library that plays an HSM which lets no private key in in clear. */
describe('PKCS11_IMPORT', () => {
  let folder: string;
  let module: FaultyModule;
  const servers: RunningKeyman[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'strict-hsm-'));
    const built = await buildFaultyModule(folder, findPkcs11Module());
    if (built === undefined) throw new Error('this test needs a C compiler (Debian: gcc)');
    module = built;
    await module.order(NO_PRIVATE_KEYS);
  }, 30_000);
  afterAll(async () => {
    for (const server of servers) await server.remove();
    rmSync(folder, { recursive: true });
  }, 60_000);

  const start = async (environment: Environment): Promise<RunningKeyman> => {
    const server = await RunningKeyman.start({ ...CHEAP_HASHING, PKCS11_MODULE: module.modulePath, ...environment });
    servers.push(server);
    return server;
  };

  it('left at its default stops the start with a sentence, before any key is lost', async () => {
    await expect(start({})).rejects.toThrow(
      'keyman cannot start: the HSM cannot be opened: the token takes no private keys in by create-object',
    );
  }, 60_000);

  it('of another word stops the start, naming those that it may be', async () => {
    await expect(start({ PKCS11_IMPORT: 'in-clear' })).rejects.toThrow(
      /PKCS11_IMPORT "in-clear" is not accepted.*create-object.*transport-key.*none/,
    );
  }, 60_000);

  it('transport-key: PFX files are taken in all the same, and sign', async () => {
    const keyman = await start({ PKCS11_IMPORT: 'transport-key' });
    await addUser(await keyman.admin(), 'ada');
    const client = await keyman.logIn('ada', PASSWORD);
    for (const person of ['ana', 'clara', 'dario'] as const) {
      const certid = await importFor(client, person);
      const content = randomBytes(60);
      const hash = { algorithm: 'SHA256', digest: createHash('sha256').update(content).digest('base64') };
      const { data } = await client.ok('Sign/Hash', { cert: { certid, pin: PIN }, hash });
      const { publicKey } = new X509Certificate(pki.identity(person).certificateDer);
      expect(verify('sha256', content, publicKey, Buffer.from(String(data), 'base64'))).toBe(true);
    }
  }, 90_000);

  it('none: no PFX file is taken, not even looked at; keys born in the HSM are', async () => {
    const keyman = await start({ PKCS11_IMPORT: 'none' });
    await addUser(await keyman.admin(), 'ada');
    const client = await keyman.logIn('ada', PASSWORD);
    for (const pfxdata of [Buffer.from(pki.pfx('ana', PFX_PASSWORD)), Buffer.from('no PFX')])
      expect(
        await client.refusal('Cert/ImportPFX', {
          cert: { name: 'x', newpin: PIN },
          pfxdata: pfxdata.toString('base64'),
          pfxpass: PFX_PASSWORD,
        }),
      ).toBe('K0018 This server holds only keys that are born in its HSM (Cert/RSAGen)');
    const { cert } = await client.ok('Cert/RSAGen', { cert: { name: 'x', newpin: PIN, keysize: 'P-256' } });
    const { certid } = cert as { certid: string };
    expect(await client.ok('Cert/PinCheck', { certid, pin: PIN })).toMatchObject({ result: true });
  }, 90_000);
});
