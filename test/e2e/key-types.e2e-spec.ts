import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestPki, type TestCertificateDescription, type TestKeyType } from '@cinnabar/testing';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { OpensslCa } from './openssl-ca.ts';
import { opensslVerifies } from './openssl-verify.ts';
import { addUser, PASSWORD, PFX_PASSWORD, PIN } from './people.ts';
import type { Answer, RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';

const leaf = (key: TestKeyType): TestCertificateDescription => ({
  subject: `C=ES, CN=Prueba ${key}`,
  issuer: 'root',
  key,
});
const pki = createTestPki({
  root: { subject: 'C=ES, CN=Test Root', key: 'p256' },
  rsa2048: leaf('rsa2048'),
  rsa3072: leaf('rsa3072'),
  rsa4096: leaf('rsa4096'),
  p256: leaf('p256'),
  p384: leaf('p384'),
  p521: leaf('p521'),
});

const KINDS = [
  ['RSA', 'rsa2048', '2048'],
  ['RSA', 'rsa3072', '3072'],
  ['RSA', 'rsa4096', '4096'],
  ['EC', 'p256', 'P-256'],
  ['EC', 'p384', 'P-384'],
  ['EC', 'p521', 'P-521'],
] as const;
const WAYS = ['imported', 'born'] as const;
const CASES = KINDS.flatMap(([family, kind, keysize]) => WAYS.map((way) => ({ way, family, kind, keysize })));
type Case = (typeof CASES)[number];

const DIGEST_LENGTHS = { MD5: 16, SHA1: 20, SHA224: 28, SHA256: 32, SHA384: 48, SHA512: 64 } as const;
const ALGORITHMS = Object.keys(DIGEST_LENGTHS) as (keyof typeof DIGEST_LENGTHS)[];

/** Every kind of key, in both ways into custody, with every scheme and digest; the judge is the `openssl` program. */
describe('Sign/Hash with', () => {
  let keyman: RunningKeyman;
  let client: RestCaller;
  let ca: OpensslCa;

  beforeAll(async () => {
    ca = new OpensslCa();
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    await addUser(await keyman.admin(), 'ada');
    client = await keyman.logIn('ada', PASSWORD);
  }, 90_000);
  afterAll(async () => {
    await keyman.remove();
    ca.remove();
  }, 30_000);

  const importedKey = async (kind: Case['kind']) => {
    const { cert } = await client.ok('Cert/ImportPFX', {
      cert: { name: kind, newpin: PIN },
      pfxdata: Buffer.from(pki.pfx(kind, PFX_PASSWORD)).toString('base64'),
      pfxpass: PFX_PASSWORD,
    });
    return { certid: (cert as { certid: string }).certid, cer: pki.identity(kind).certificateDer };
  };
  const bornKey = async (keysize: string) => {
    const { cert } = await client.ok('Cert/RSAGen', { cert: { name: keysize, newpin: PIN, keysize } });
    const { certid } = cert as { certid: string };
    const { csr } = await client.ok('Cert/GenCSR', { cert: { certid, pin: PIN }, subject: `CN=Prueba ${keysize}` });
    const cer = ca.issue(Buffer.from(String(csr), 'base64'));
    await client.ok('Cert/InstallCER', { cert: { certid }, cer: cer.toString('base64') });
    return { certid, cer };
  };

  describe.each(CASES)('$way $keysize', ({ way, family, kind, keysize }) => {
    let certid: string;
    let publicKeyPem: string;
    beforeAll(async () => {
      const made = way === 'imported' ? await importedKey(kind) : await bornKey(keysize);
      certid = made.certid;
      publicKeyPem = new X509Certificate(made.cer).publicKey.export({ type: 'spki', format: 'pem' }).toString();
    }, 60_000);

    const sign = (algorithm: string, digest: Buffer, scheme?: string): Promise<Answer> =>
      client.call('Sign/Hash', {
        cert: { certid, pin: PIN },
        hash: { algorithm, digest: digest.toString('base64'), ...(scheme === undefined ? {} : { scheme }) },
      });
    /** The signature, as OpenSSL judges it; a refusal, as it was answered. */
    const judged = async (options: readonly string[], ...request: Parameters<typeof sign>): Promise<string> => {
      const { code, message, body } = await sign(...request);
      if (code !== 'K0000') return `${code} ${message}`;
      const signature = Buffer.from(String(body['data']), 'base64');
      const [, digest] = request;
      const otherDigest = Buffer.from(digest.map((octet, index) => (index === 0 ? octet ^ 1 : octet)));
      const isRight = opensslVerifies({ publicKeyPem, digest, signature }, options);
      // A judge that takes everything would be none.
      const isWrong = opensslVerifies({ publicKeyPem, digest: otherDigest, signature }, options);
      return isRight && !isWrong ? 'verified' : 'not verified';
    };
    const digestOf = (algorithm: string): Buffer => createHash(algorithm).update(randomBytes(50)).digest();

    it.each(ALGORITHMS)('%s', async (algorithm) => {
      const digest = digestOf(algorithm);
      const named = `digest:${algorithm.toLowerCase()}`;
      const pss = ['rsa_padding_mode:pss', 'rsa_pss_saltlen:digest', named];
      const pkcs1 = ['rsa_padding_mode:pkcs1', named];
      if (family === 'RSA') {
        expect(await judged(pkcs1, algorithm, digest)).toBe('verified');
        expect(await judged(pkcs1, algorithm, digest, 'pkcs1')).toBe('verified');
        expect(await judged(pss, algorithm, digest, 'PSS')).toBe(
          algorithm === 'MD5' ? 'K0017 RSASSA-PSS is not made with MD5' : 'verified',
        );
      } else {
        expect(await judged([named], algorithm, digest)).toBe('verified');
        for (const scheme of ['pkcs1', 'pss'])
          expect(await judged([], algorithm, digest, scheme)).toMatch(/^K0005 Invalid parameter \(hash\.scheme\)/);
      }
    });

    it('the 36 bytes of TLS 1.0, as they are', async () => {
      const digest = Buffer.concat([digestOf('md5'), digestOf('sha1')]);
      for (const algorithm of ['MD5', 'SHA1'])
        if (family === 'RSA') {
          expect(await judged(['rsa_padding_mode:pkcs1'], algorithm, digest)).toBe('verified');
          expect(await judged([], algorithm, digest, 'pss')).toMatch(/^K0017 /);
        } else expect((await sign(algorithm, digest)).code).toBe('K0017');
      expect((await sign('SHA256', digest)).code).toBe('K0005');
    });

    it.each(ALGORITHMS)('no digest of another length than %s has', async (algorithm) => {
      const length = DIGEST_LENGTHS[algorithm];
      for (const wrong of [0, length - 1, length + 1, 2 * length, 300]) {
        const { code, message } = await sign(algorithm, randomBytes(wrong));
        expect(`${wrong}: ${code} ${message}`).toMatch(
          wrong === 0
            ? /^0: K000[45] (Insufficient parameters|Invalid parameter) \(hash\.digest\)/
            : new RegExp(`^${wrong}: K0005 Invalid parameter \\(hash\\.digest\\): ${algorithm} has ${length} bytes`),
        );
      }
    });
  });
});
