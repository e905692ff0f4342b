import { createHash, createPublicKey, randomBytes, verify, X509Certificate } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { samplePdf } from '../../apps/keyman/src/tools/demo/sample-pdf.ts';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { KeymanDatabase } from './keyman-database.ts';
import { lettersOf } from './letters.ts';
import { OpensslCa } from './openssl-ca.ts';
import { addUser, PASSWORD, PIN, pki } from './people.ts';
import type { RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';

interface Born {
  readonly client: RestCaller;
  readonly certid: string;
}
type Cert = Readonly<Record<string, unknown>>;

const SUBJECT = 'CN=Ana Prueba Núñez, OU=Firma, O=Prueba\\, S.L., C=ES';
const EVER = { startdate: '2000-01-01', enddate: '2999-12-31' };

describe('a key born in the HSM', () => {
  let keyman: RunningKeyman;
  let database: KeymanDatabase;
  let admin: RestCaller;
  let ca: OpensslCa;
  let users = 0;

  beforeAll(async () => {
    ca = new OpensslCa();
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    database = await KeymanDatabase.open(keyman.home);
    admin = await keyman.admin();
  }, 90_000);
  afterAll(async () => {
    await database.close();
    await keyman.remove();
    ca.remove();
  }, 30_000);

  async function newUser(members: object = {}): Promise<{ client: RestCaller; userid: string }> {
    const userid = `nata-${++users}`;
    await addUser(admin, userid, { ...members });
    return { userid, client: await keyman.logIn(userid, PASSWORD) };
  }
  const generated = async (client: RestCaller, members: object = {}): Promise<Cert> => {
    const { cert } = await client.ok('Cert/RSAGen', {
      cert: { name: 'firma', newpin: PIN, keysize: 'P-256', ...members },
    });
    return cert as Cert;
  };
  const born = async (members: object = {}): Promise<Born> => {
    const { client } = await newUser();
    const { certid } = await generated(client, members);
    return { client, certid: String(certid) };
  };
  const requestOf = async ({ client, certid }: Born, subject = SUBJECT): Promise<Buffer> => {
    const { csr } = await client.ok('Cert/GenCSR', { cert: { certid, pin: PIN }, subject });
    return Buffer.from(String(csr), 'base64');
  };
  const installing = ({ certid }: Born, cer: Buffer, chain: readonly Buffer[] = ca.chainDer) => ({
    cert: { certid },
    cer: cer.toString('base64'),
    chain: chain.map((each) => each.toString('base64')),
  });
  const install = async (key: Born, cer: Buffer): Promise<Cert> =>
    (await key.client.ok('Cert/InstallCER', installing(key, cer)))['cert'] as Cert;
  const digestOf = (content: Buffer) => createHash('sha256').update(content).digest('base64');
  const signing = ({ certid }: Born, content = randomBytes(40), pin = PIN) => ({
    cert: { certid, pin },
    hash: { algorithm: 'SHA256', digest: digestOf(content) },
  });

  it.each([
    ['the default', undefined, '2048', 'rsa_2048'],
    ['3072', 3072, '3072', 'rsa_3072'],
    ['"4096"', '4096', '4096', 'rsa_4096'],
    ['P-256', 'P-256', '256', 'ec_P-256'],
    ['p-384', 'p-384', '384', 'ec_P-384'],
    ['521', 521, '521', 'ec_P-521'],
  ])(
    'of keysize %s goes the whole way: key, request, certificate of another CA, signature',
    async (_name, keysize, bits, kind) => {
      const { client, userid } = await newUser();
      const cert = await generated(client, { keysize, descr: 'de Nata', custom1: 'uno' });
      expect(cert).toMatchObject({ userid, orgaid: 'Main', oper: userid, descr: 'de Nata', custom1: 'uno' });
      expect(cert).toMatchObject({ keysize: bits, origin: 'generated', installed: false, disabled: false });
      const key = { client, certid: String(cert['certid']) };

      const csr = await requestOf(key);
      expect(ca.verifyRequest(csr, '-subject', '-nameopt', 'RFC2253,utf8,-esc_msb')).toBe(
        'subject=CN=Ana Prueba Núñez,OU=Firma,O=Prueba\\, S.L.,C=ES\n',
      );
      const cer = ca.issue(csr);
      ca.verifyPath(cer);
      const { publicKey, serialNumber, validTo } = new X509Certificate(cer);
      const { namedCurve, modulusLength } = publicKey.asymmetricKeyDetails ?? {};
      const curves: Record<string, string> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
      expect(`${publicKey.asymmetricKeyType}_${modulusLength ?? curves[namedCurve ?? '']}`).toBe(kind);

      const installed = await install(key, cer);
      expect(installed).toMatchObject({
        ...{ subject: SUBJECT, subjectcn: 'Ana Prueba Núñez', issuercn: 'Users Ajena', installed: true },
        ...{ validto: new Date(validTo).toISOString().slice(0, 19), revoked: null, expired: false },
      });
      expect(String(installed['serial']).replace(/^0+/, '')).toBe(serialNumber.replace(/^0+/, ''));
      const content = randomBytes(100);
      const { data } = await client.ok('Sign/Hash', signing(key, content));
      expect(verify('sha256', content, publicKey, Buffer.from(String(data), 'base64'))).toBe(true);
    },
    60_000,
  );

  describe('that waits for its certificate', () => {
    let key: Born;
    beforeAll(async () => {
      key = await born();
    });

    it('says so: what a certificate says is null', async () => {
      const { cert } = await key.client.ok('Cert/Get', { certid: key.certid });
      expect(cert).toMatchObject({
        ...{ certid: key.certid, name: 'firma', keysize: '256', installed: false, origin: 'generated' },
        ...{ subject: null, subjectcn: null, issuer: null, issuercn: null, validfrom: null, validto: null },
        ...{ serial: null, signalg: null, sha1sum: null, fingerprintsha1: null, revoked: null, expired: null },
      });
    });

    it.each([{}, { expired: true }, { revoked: true }, { userid: '*' }])('is in no list: %j', async (cert) => {
      expect(await key.client.ok('Cert/ListAvailable', { cert })).toMatchObject({ certlist: [] });
    });

    it('signs nothing', async () => {
      const { certid } = key;
      const doc = samplePdf('A letter').toString('base64');
      const pades = { cert: { certid, pin: PIN }, doc, profile: 'enhanced' };
      for (const pin of [PIN, 'Wrong-4711'])
        expect(await key.client.refusal('Sign/Hash', signing(key, randomBytes(9), pin))).toBe(
          'K0011 The key has no certificate yet',
        );
      expect(await key.client.refusal('Signature/Pades', pades)).toBe('K0011 The key has no certificate yet');
    });

    it('has a PIN like any other: it is checked, changed, and counted', async () => {
      const { client, certid } = await born();
      expect(await client.refusal('Cert/PinCheck', { certid, pin: 'Wrong-4711' })).toBe(
        'K0009 Wrong PIN, 4 tries left',
      );
      expect(await client.refusal('Cert/GenCSR', { certid, pin: 'Wrong-4711', subject: SUBJECT })).toBe(
        'K0009 Wrong PIN, 3 tries left',
      );
      expect(await client.refusal('Cert/GenCSR', { certid, pin: 'Wrong-4711', subject: 'Ana' })).toMatch(
        /^K0005 Invalid parameter \(subject\)/,
      );
      for (const pin of ['Wrong-1', 'Wrong-2', 'Wrong-3'])
        await client.refusal('Cert/GenCSR', { certid, pin, subject: SUBJECT });
      expect(await client.refusal('Cert/GenCSR', { certid, pin: PIN, subject: SUBJECT })).toMatch(/^K0010 /);
      await admin.ok('Cert/PinUnlock', { certid });
      await client.ok('Cert/PinSet', { certid, pin: PIN, newpin: 'Another-4711' });
      await client.ok('Cert/GenCSR', { certid, pin: 'Another-4711', subject: SUBJECT });
    });

    it('is stored with all of a certificate’s columns or with none', async () => {
      const change = database.query('UPDATE certificate SET serial = $2 WHERE certid = $1', [key.certid, '01']);
      await expect(change).rejects.toThrow('certificate_whole_or_none');
    });
  });

  describe('is refused', () => {
    it.each(['1024', '8192', 'Ed25519', 'secp256k1', 'P-224', 'constructor', '2048.5'])(
      'with keysize %s, before anything is made',
      async (keysize) => {
        const { client } = await newUser();
        expect(await client.refusal('Cert/RSAGen', { name: 'x', newpin: PIN, keysize })).toBe(
          'K0017 Keys of this size or kind are not made; cert.keysize is 2048, 3072 or 4096 (RSA), or P-256, P-384 or P-521',
        );
      },
    );

    it('without a name, without a PIN for oneself, and with a PIN that is too short', async () => {
      const { client, userid } = await newUser();
      expect(await client.refusal('Cert/RSAGen', {})).toBe('K0004 Insufficient parameters (cert.name)');
      for (const members of [{}, { userid: userid.toUpperCase() }])
        expect(await client.refusal('Cert/RSAGen', { name: 'x', ...members })).toBe(
          'K0004 Insufficient parameters (cert.newpin)',
        );
      expect(await client.refusal('Cert/RSAGen', { name: 'x', newpin: '12345' })).toBe(
        'K0005 Invalid parameter (cert.newpin): a PIN has at least 6 characters',
      );
    });

    it('beyond twenty that wait for a certificate', async () => {
      const { client, userid } = await newUser();
      const { certid } = await generated(client);
      const columns = await database.query(
        "SELECT string_agg(quote_ident(column_name), ', ') AS names FROM information_schema.columns WHERE table_name = 'certificate' AND column_name <> 'certid'",
      );
      const names = String(columns[0]?.['names']);
      await database.query(
        `INSERT INTO certificate (certid, ${names}) SELECT lpad(to_hex(n), 12, '0'), ${names} FROM certificate, generate_series(1, 19) n WHERE certid = $1`.replace(
          'to_hex(n)',
          'upper(to_hex(n))',
        ),
        [certid],
      );
      expect(await client.refusal('Cert/RSAGen', { name: 'x', newpin: PIN, keysize: 'P-256' })).toBe(
        'K0008 20 keys of this user wait for their certificates already',
      );
      await database.query('DELETE FROM certificate WHERE userid = $1', [userid]);
    });
  });

  it('takes long to be made, and nobody else waits for it; who asks for too many at once is turned away', async () => {
    const signer = await born();
    await install(signer, ca.issue(await requestOf(signer)));
    const { client } = await newUser();
    let making = true;
    const large = Array.from({ length: 12 }, () =>
      client.call('Cert/RSAGen', { name: 'x', newpin: PIN, keysize: 4096 }),
    );
    const all = Promise.all(large).finally(() => {
      making = false;
    });
    const isMaking = () => making;
    let signatures = 0;
    while (isMaking()) {
      expect((await signer.client.call('Sign/Hash', signing(signer))).code).toBe('K0000');
      if (isMaking()) signatures += 1;
    }
    const codes = (await all).map(({ code }) => code);
    expect(codes.filter((code) => code === 'K0000')).toHaveLength(4);
    expect(codes.filter((code) => code === 'K0019')).toHaveLength(8);
    // Four RSA-4096 keys take the HSM seconds; a server that stood still would have signed once or twice.
    expect(signatures).toBeGreaterThan(20);
  }, 120_000);

  describe('made by an admin for a user', () => {
    it('belongs to the user, who chooses its PIN with a code that only his letter tells', async () => {
      const { client, userid } = await newUser();
      const { cert } = await admin.ok('Cert/RSAGen', { cert: { name: 'firma', userid, keysize: 'P-256' } });
      expect(cert).toMatchObject({ userid, oper: 'admin', installed: false });
      const { certid } = cert as { certid: string };
      const letter = lettersOf(keyman.home).find(({ text }) => text.includes(certid));
      expect(letter?.headers.get('to')).toEqual([`${userid}@example.test`]);
      const code = /Activation code: (\S+)/.exec(letter?.text ?? '')?.[1] ?? '';
      expect(code).toMatch(/^([0-9a-f]{4}-){7}[0-9a-f]{4}$/);
      expect(JSON.stringify(cert)).not.toContain(code);
      const slots = await database.query('SELECT kind, holder FROM key_slot WHERE certid = $1', [certid]);
      expect(slots).toEqual([{ kind: 'activation', holder: userid }]);

      const key = { client, certid };
      // The code is no PIN: it asks for nothing and signs nothing, and nobody else has any use for it.
      const asking = { cert: { certid, pin: code }, subject: SUBJECT };
      expect(await client.refusal('Cert/GenCSR', asking)).toMatch(/^K0008 .*no PIN yet/);
      expect((await admin.call('Cert/PinSet', { certid, pin: code, newpin: PIN })).code).not.toBe('K0000');
      await client.ok('Cert/PinSet', { certid, pin: code, newpin: PIN });
      await install(key, ca.issue(await requestOf(key)));
      expect((await client.call('Sign/Hash', signing(key))).code).toBe('K0000');
    });

    it('with a PIN needs no letter; the user signs with it, the admin does not', async () => {
      const { client, userid } = await newUser();
      const before = lettersOf(keyman.home).length;
      const { certid } = await generated(admin, { userid: userid.toUpperCase() });
      const key = { client, certid: String(certid) };
      expect(lettersOf(keyman.home)).toHaveLength(before);
      const subject = SUBJECT;
      expect(await admin.refusal('Cert/GenCSR', { cert: { certid, pin: PIN }, subject })).toMatch(/^K0003 /);
      const cer = ca.issue(await requestOf(key));
      await admin.ok('Cert/InstallCER', installing(key, cer));
      expect((await client.call('Sign/Hash', signing(key))).code).toBe('K0000');
      expect((await admin.call('Sign/Hash', signing(key))).code).toBe('K0003');
    });

    it('leaves no letter behind where the key could not be made', async () => {
      const { userid } = await newUser();
      const before = lettersOf(keyman.home).length;
      expect(await admin.refusal('Cert/RSAGen', { name: 'x', userid, keysize: '1000' })).toMatch(/^K0017 /);
      expect(lettersOf(keyman.home)).toHaveLength(before);
    });
  });

  describe('Cert/InstallCER', () => {
    it('takes PEM, a bundle too, and issuers in any order and repeated; they are kept in theirs', async () => {
      const key = await born();
      const cer = ca.issue(await requestOf(key));
      const [users, root] = ca.chainDer;
      const bundle = Buffer.from(ca.toPem(cer) + ca.chainPem);
      await key.client.ok('Cert/InstallCER', installing(key, bundle, []));
      const kept = async () => {
        const [row] = await database.query('SELECT certificate_der, chain_der FROM certificate WHERE certid = $1', [
          key.certid,
        ]);
        return [row?.['certificate_der'], row?.['chain_der']];
      };
      expect(await kept()).toEqual([cer, [users, root]]);
      const renewed = ca.issue(await requestOf(key));
      const unordered = [root, renewed, users, root, Buffer.from(ca.chainPem)].filter((each) => each !== undefined);
      await key.client.ok('Cert/InstallCER', installing(key, renewed, unordered));
      expect(await kept()).toEqual([renewed, [users, root]]);
    });

    it('refuses a certificate over another key, of the same or another kind', async () => {
      const [key, other] = [await born(), await born()];
      const refused = 'K0005 Invalid parameter (cer): is over another key than the one in custody';
      for (const cer of [ca.issue(await requestOf(other)), Buffer.from(pki.identity('ana').certificateDer)])
        expect(await key.client.refusal('Cert/InstallCER', installing(key, cer, []))).toBe(refused);
      expect(await key.client.ok('Cert/Get', key)).toMatchObject({ cert: { installed: false } });
    });

    it('refuses issuers that did not sign, expired certificates, and what is none', async () => {
      const key = await born();
      const csr = await requestOf(key);
      const cer = ca.issue(csr);
      const refusal = (...request: [Buffer, (readonly Buffer[])?]) =>
        key.client.refusal('Cert/InstallCER', installing(key, ...request));
      // Another CA of the very same names.
      const impostor = new OpensslCa();
      for (const chain of [impostor.chainDer, [...ca.chainDer, Buffer.from(pki.identity('root').certificateDer)]])
        expect(await refusal(cer, chain)).toMatch(
          /^K0005 Invalid parameter \(chain\): holds a certificate that is not/,
        );
      impostor.remove();
      const shortLived = ca.issue(csr, 0);
      await sleep(1100);
      expect(await refusal(shortLived)).toBe('K0005 Invalid parameter (cer): has expired');
      expect(await refusal(csr)).toMatch(/^K0005 Invalid parameter \(cer\)/);
      expect(await refusal(Buffer.from('no certificate'))).toMatch(/^K0005 Invalid parameter \(cer\)/);
      expect(await refusal(cer, [Buffer.from('none either')])).toMatch(/^K0005 Invalid parameter \(chain\[0\]\)/);
      const damaged = Buffer.concat([cer.subarray(0, cer.length - 1), Buffer.from([(cer.at(-1) ?? 0) ^ 1])]);
      expect(await refusal(damaged)).toMatch(/^K0005 Invalid parameter \(chain\)/);
    });

    it('renews: a newer one over the same key takes the place of the older, never the other way round', async () => {
      const key = await born();
      const [older, firstRequest] = [await requestOf(key), await requestOf(key, 'CN=Ana, C=ES')];
      const old = ca.issue(older);
      await sleep(1100);
      const newer = ca.issue(firstRequest);
      await install(key, old);
      expect(await key.client.refusal('Cert/InstallCER', installing(key, old))).toBe(
        'K0007 This certificate is installed already',
      );
      expect(await install(key, newer)).toMatchObject({ subject: 'CN=Ana, C=ES' });
      expect(await key.client.refusal('Cert/InstallCER', installing(key, old))).toBe(
        'K0008 The certificate that is installed was issued later than this one',
      );
      const content = randomBytes(30);
      const { data } = await key.client.ok('Sign/Hash', signing(key, content));
      const publicKey = createPublicKey(new X509Certificate(newer).publicKey.export({ type: 'spki', format: 'pem' }));
      expect(verify('sha256', content, publicKey, Buffer.from(String(data), 'base64'))).toBe(true);
    });

    it('does not get a revoked certificate out of the way', async () => {
      const key = await born();
      const cer = ca.issue(await requestOf(key));
      const renewal = ca.issue(await requestOf(key));
      await install(key, cer);
      await database.query('UPDATE certificate SET revoked = true, version = version + 1 WHERE certid = $1', [
        key.certid,
      ]);
      expect(await key.client.refusal('Cert/InstallCER', installing(key, renewal))).toMatch(/^K0008 .*revoked/);
      const asking = { cert: { certid: key.certid, pin: PIN }, subject: SUBJECT };
      expect(await key.client.refusal('Cert/GenCSR', asking)).toBe('K0011 The certificate has been revoked');
    });

    it('several at once are installed one after the other, or refused', async () => {
      const key = await born();
      const [first, second] = [ca.issue(await requestOf(key)), ca.issue(await requestOf(key, 'CN=Ana, C=ES'))];
      const answers = await Promise.all(
        [first, second, first, second].map((cer) => key.client.call('Cert/InstallCER', installing(key, cer))),
      );
      const codes = answers.map(({ code }) => code);
      expect(codes.filter((code) => code === 'K0000').length).toBeGreaterThan(0);
      for (const code of codes) expect(['K0000', 'K0007', 'K0008']).toContain(code);
      const [row] = await database.query('SELECT version FROM certificate WHERE certid = $1', [key.certid]);
      expect(row?.['version']).toBe(1 + codes.filter((code) => code === 'K0000').length);
    });
  });

  it('leaves in the audit who made, asked and installed, and of which certificate', async () => {
    const key = await born();
    const cer = ca.issue(await requestOf(key));
    const { serial, sha1sum } = await install(key, cer);
    await key.client.refusal('Cert/GenCSR', { cert: { certid: key.certid, pin: 'Wrong-4711' }, subject: SUBJECT });
    const { auditlist } = await key.client.ok('Audit/List', { ...EVER, audit: { certid: key.certid } });
    const { certid } = key;
    const generic = { certid, success: true, serial: null, certsha1sum: null };
    expect(auditlist).toMatchObject([
      { certid, action: 'GenCSR', success: false, serial, certsha1sum: sha1sum },
      { certid, action: 'InstallCER', success: true, serial, certsha1sum: sha1sum, data: SUBJECT },
      { ...generic, action: 'GenCSR', actiondata: 'SHA256', data: SUBJECT },
      { ...generic, action: 'RSAGen', actiondata: 'EC-P256', data: 'firma' },
    ]);
    expect(JSON.stringify(auditlist)).not.toContain(PIN);
  });
});
