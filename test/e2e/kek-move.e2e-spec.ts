import { createHash, createPublicKey, randomBytes, verify, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createNextKeyEncryptionKey, findPkcs11Module } from '@cinnabar/custody/pkcs11';
import { useSoftHsmConfiguration } from '@cinnabar/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeymanDatabase } from './keyman-database.ts';
import { addSigner, PASSWORD, PIN, type Signer } from './people.ts';
import { RunningKeyman } from './running-keyman.ts';

describe('a new key-encryption key', () => {
  let keyman: RunningKeyman;
  let ana: Signer;
  let clara: Signer;

  beforeAll(async () => {
    keyman = await RunningKeyman.start();
    const admin = await keyman.admin();
    ana = await addSigner(keyman, admin, 'ana');
    clara = await addSigner(keyman, admin, 'clara', 'clara');
  }, 90_000);
  afterAll(() => keyman.remove());

  const kekOf = async ({ certid }: Signer): Promise<number> => {
    const database = await KeymanDatabase.open(keyman.home);
    try {
      const [row] = await database.query('SELECT kek_version FROM certificate WHERE certid = $1', [certid]);
      return Number(row?.['kek_version']);
    } finally {
      await database.close();
    }
  };
  const signs = async (signer: Signer): Promise<boolean> => {
    const content = randomBytes(64);
    const digest = createHash('sha256').update(content).digest('base64');
    const client = await keyman.logIn(signer.userid, PASSWORD);
    const { data } = await client.ok('Sign/Hash', {
      cert: { certid: signer.certid, pin: PIN },
      hash: { algorithm: 'SHA256', digest },
    });
    const key = createPublicKey(
      new X509Certificate(signer.identity.certificateDer).publicKey.export({ type: 'spki', format: 'pem' }),
    );
    return verify('sha256', content, key, Buffer.from(String(data), 'base64'));
  };

  it('takes a key over at its owner’s next unlock, and nobody else’s', async () => {
    await keyman.end('SIGTERM');
    const softhsm = join(keyman.home, 'softhsm');
    await useSoftHsmConfiguration(join(softhsm, 'softhsm2.conf'));
    await createNextKeyEncryptionKey({
      modulePath: findPkcs11Module(),
      tokenLabel: 'cinnabar',
      readPin: () => readFileSync(join(softhsm, 'pin'), 'utf8').trim(),
    });
    await keyman.up();
    expect(await signs(ana)).toBe(true);
    expect([await kekOf(ana), await kekOf(clara)]).toEqual([2, 1]);
    expect(await signs(ana)).toBe(true);
  });
});
