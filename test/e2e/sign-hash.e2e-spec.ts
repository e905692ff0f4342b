import { createHash, createPublicKey, randomBytes, verify, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addSigner, PIN, type Signer } from './people.ts';
import { RunningKeyman } from './running-keyman.ts';

describe('Sign/Hash over REST', () => {
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

  const content = randomBytes(100);
  const signatureOf = async (signer: Signer, algorithm: string, digest: Buffer, further = {}): Promise<Buffer> => {
    const { data } = await signer.client.ok('Sign/Hash', {
      cert: { certid: signer.certid, pin: PIN },
      hash: { algorithm, digest: digest.toString('base64'), ...further },
    });
    return Buffer.from(String(data), 'base64');
  };
  const keyOf = ({ identity }: Signer) =>
    createPublicKey(new X509Certificate(identity.certificateDer).publicKey.export({ type: 'spki', format: 'pem' }));

  it.each(['SHA1', 'SHA224', 'SHA256', 'SHA384', 'SHA512', 'MD5'])(
    'signs a %s digest with PKCS#1 v1.5',
    async (algorithm) => {
      const signature = await signatureOf(ana, algorithm, createHash(algorithm).update(content).digest());
      expect(verify(algorithm, content, keyOf(ana), signature)).toBe(true);
    },
  );

  it('signs with RSASSA-PSS where asked', async () => {
    const signature = await signatureOf(ana, 'SHA256', createHash('sha256').update(content).digest(), {
      scheme: 'pss',
    });
    expect(verify('sha256', content, { key: keyOf(ana), padding: 6, saltLength: 32 }, signature)).toBe(true);
  });

  it('signs with DER ECDSA for an EC key', async () => {
    const signature = await signatureOf(clara, 'SHA256', createHash('sha256').update(content).digest());
    expect(verify('sha256', content, { key: keyOf(clara), dsaEncoding: 'der' }, signature)).toBe(true);
  });

  it('refuses a digest whose length does not fit its algorithm', async () => {
    const refused = await ana.client.refusal('Sign/Hash', {
      cert: { certid: ana.certid, pin: PIN },
      hash: { algorithm: 'SHA256', digest: randomBytes(20).toString('base64') },
    });
    expect(refused).toMatch(/^K0005 Invalid parameter \(hash\.digest\)/);
  });

  it('refuses another user’s certificate as one that does not exist', async () => {
    const digest = randomBytes(32).toString('base64');
    const refused = await clara.client.refusal('Sign/Hash', {
      cert: { certid: ana.certid, pin: PIN },
      hash: { algorithm: 'SHA256', digest },
    });
    expect(refused).toMatch(/^K0006 /);
  });
});
