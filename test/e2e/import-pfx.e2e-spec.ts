import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { toPfx, toRawPfx } from '@cinnabar/testing';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { KeymanDatabase } from './keyman-database.ts';
import { addUser, PASSWORD, PFX_PASSWORD, PIN, pki } from './people.ts';
import type { RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';

const digest = createHash('sha256').update('a letter').digest('base64');
const MIB = 1024 * 1024;

/** A self-signed identity of a kind that the test PKI does not make. */
function foreignPfx(...keyArguments: readonly string[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'foreign-key-'));
  try {
    const request = ['req', '-x509', '-nodes', '-subj', '/CN=Prueba', '-keyout', 'key.pem', '-out', 'cer.pem'];
    execFileSync('openssl', [...request, ...keyArguments], { cwd: folder, stdio: 'ignore' });
    const certificateDer = new X509Certificate(readFileSync(join(folder, 'cer.pem'))).raw;
    const privateKey = createPrivateKey(readFileSync(join(folder, 'key.pem')));
    return toPfx({ privateKey, certificateDer, chainDer: [] }, PFX_PASSWORD);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('Cert/ImportPFX', () => {
  let keyman: RunningKeyman;
  let database: KeymanDatabase;
  let admin: RestCaller;
  let userCount = 0;

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    database = await KeymanDatabase.open(keyman.home);
    admin = await keyman.admin();
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await keyman.remove();
  }, 30_000);

  /** Each test has a user of its own, since nobody has a certificate twice. */
  const newUser = async (): Promise<RestCaller> => {
    const userid = `titular${++userCount}`;
    await addUser(admin, userid);
    return keyman.logIn(userid, PASSWORD);
  };
  const importing = (pfxDer: Uint8Array, cert: object = { newpin: PIN }, pfxpass = PFX_PASSWORD) => ({
    cert: { name: 'firma', ...cert },
    pfxdata: Buffer.from(pfxDer).toString('base64'),
    pfxpass,
  });
  const imported = async (caller: RestCaller, ...request: Parameters<typeof importing>): Promise<string> => {
    const { cert } = await caller.ok('Cert/ImportPFX', importing(...request));
    return (cert as { certid: string }).certid;
  };
  const signing = (certid: string, pin = PIN) => ({
    cert: { certid, pin },
    hash: { algorithm: 'SHA256', digest },
  });

  it.each([
    ['today’s', {}],
    ['old Windows’', { legacy: true }],
    ['with a SHA-512 MAC', { opensslArguments: ['-macalg', 'sha512', '-keypbe', 'AES-128-CBC'] }],
  ])('takes %s files, and keeps the chain', async (_name, options) => {
    const caller = await newUser();
    const pfxpass = 'Contraseña de €';
    const certid = await imported(caller, pki.pfx('ana', pfxpass, options), { newpin: PIN }, pfxpass);
    expect(await caller.call('Sign/Hash', signing(certid))).toMatchObject({ code: 'K0000' });
    const [row] = await database.query('SELECT chain_der FROM certificate WHERE certid = $1', [certid]);
    expect(row?.['chain_der']).toEqual(pki.identity('ana').chainDer.map((der) => Buffer.from(der)));
  });

  it('reads base64 with line breaks, and a large request', async () => {
    const caller = await newUser();
    const request = importing(pki.pfx('ana', PFX_PASSWORD));
    const lines = request.pfxdata.replace(/.{64}/g, '$&\r\n');
    expect(
      await caller.call('Cert/ImportPFX', { ...request, pfxdata: lines, unknown: 'x'.repeat(80_000) }),
    ).toMatchObject({
      code: 'K0000',
    });
  });

  it.each([
    ['expired', 'K0011 The certificate has expired', { expired: true }],
    ['notYetValid', 'K0011 The certificate is not yet valid', { expired: false }],
  ] as const)('takes a certificate that is %s, which then signs nothing', async (name, refusal, members) => {
    const caller = await newUser();
    const certid = await imported(caller, pki.pfx(name, PFX_PASSWORD));
    expect(await caller.ok('Cert/Get', { certid })).toMatchObject({ cert: members });
    expect(await caller.refusal('Sign/Hash', signing(certid))).toBe(refusal);
    expect(await caller.ok('Cert/PinCheck', { certid, pin: PIN })).toMatchObject({ result: true });
    expect(await caller.ok('Cert/ListAvailable', {})).toMatchObject({ certlist: [] });
  });

  describe('refuses', () => {
    let caller: RestCaller;
    beforeAll(async () => {
      caller = await newUser();
    });
    const refusal = (...request: Parameters<typeof importing>) =>
      caller.refusal('Cert/ImportPFX', importing(...request));
    const pfx = () => pki.pfx('ana', PFX_PASSWORD);

    it('a wrong password', async () => {
      const legacy = pki.pfx('ana', PFX_PASSWORD, { legacy: true });
      for (const file of [pfx(), legacy])
        expect(await refusal(file, {}, 'falsa-4711')).toBe('K0005 Invalid parameter (pfxpass): does not open the file');
    });

    it('a damaged file, wherever it is damaged', async () => {
      const whole = pfx();
      for (const at of [0, 1, 30, Math.floor(whole.length / 2), whole.length - 100, whole.length - 1]) {
        const damaged = Uint8Array.from(whole);
        damaged[at] = (damaged[at] ?? 0) ^ 0x55;
        expect(await refusal(damaged)).toMatch(/^K0005 Invalid parameter \(pfx(data|pass)\): /);
      }
      for (const file of [
        whole.subarray(0, whole.length - 1),
        Buffer.from('no PFX'),
        pki.identity('ana').certificateDer,
      ])
        expect(await refusal(file)).toMatch(/^K0005 Invalid parameter \(pfxdata\): /);
    });

    it('a file over 1 MiB', async () => {
      expect(await refusal(new Uint8Array(MIB + 1))).toBe(
        'K0005 Invalid parameter (pfxdata): larger than 1048576 bytes',
      );
    });

    it('a file that asks for more iterations than the limit, without doing them', async () => {
      const { privateKeyPkcs8, certificateDer } = pki.identity('clara');
      const mac = { password: PFX_PASSWORD, iterations: 5_000_001, keyLength: 32 };
      const file = toRawPfx([{ privateKeyPkcs8 }, { certificateDer }], mac);
      expect(await refusal(file)).toBe('K0005 Invalid parameter (pfxdata): asks for more than 5000000 iterations');
    }, 15_000);

    it('a file whose certificate is not its key’s', async () => {
      const { privateKeyPkcs8 } = pki.identity('clara');
      const { certificateDer } = pki.identity('dario');
      const mac = { password: PFX_PASSWORD, iterations: 2048, keyLength: 32 };
      expect(await refusal(toRawPfx([{ privateKeyPkcs8 }, { certificateDer }], mac))).toBe(
        'K0005 Invalid parameter (pfxdata): no certificate of its private key in it',
      );
    });

    it.each([
      ['RSA of 1024 bits', ['rsa:1024'], 'RSA of 1024 bits, 2048 to 4096 are supported'],
      ['Ed25519', ['ed25519'], 'only RSA and EC keys are taken into custody'],
      [
        'curves that the HSM is not asked for',
        ['ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'],
        'only the curves P-256, P-384 and P-521 are supported',
      ],
      [
        'RSASSA-PSS keys',
        ['rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048'],
        'only RSA and EC keys are taken into custody',
      ],
    ])('%s', async (_name, keyArguments, why) => {
      expect(await refusal(foreignPfx('-newkey', ...keyArguments))).toBe(`K0017 Private key: ${why}`);
    });

    it('PINs that are too short, the file’s password as one too', async () => {
      expect(await refusal(pfx(), { newpin: '12345' })).toBe(
        'K0005 Invalid parameter (cert.newpin): a PIN has at least 6 characters',
      );
      expect(await refusal(pki.pfx('ana', 'corta'), {}, 'corta')).toBe(
        'K0005 Invalid parameter (pfxpass): a PIN has at least 6 characters, and it becomes the PIN: send another one as cert.newpin',
      );
    });

    it('and keeps nothing of what it refused', async () => {
      const { userid } = (await caller.ok('User/Get'))['user'] as { userid: string };
      expect(await database.query('SELECT certid FROM certificate WHERE userid = $1', [userid])).toEqual([]);
      expect(await database.query('SELECT slot_id FROM key_slot WHERE holder = $1', [userid])).toEqual([]);
    });
  });

  describe('the PIN', () => {
    it('is the file’s password where no other is sent', async () => {
      const caller = await newUser();
      const certid = await imported(caller, pki.pfx('ana', PFX_PASSWORD), {});
      expect(await caller.ok('Cert/PinCheck', { certid, pin: PFX_PASSWORD })).toMatchObject({ result: true });
    });

    it('is the one that is sent, and the file’s password opens nothing then', async () => {
      const caller = await newUser();
      const certid = await imported(caller, pki.pfx('ana', 'corta'), { newpin: PIN }, 'corta');
      expect(await caller.refusal('Cert/PinCheck', { certid, pin: 'corta' })).toMatch(/^K0009 /);
      expect(await caller.ok('Cert/PinCheck', { certid, pin: PIN })).toMatchObject({ result: true });
    });

    it('is the same however a keyboard composes its letters', async () => {
      const caller = await newUser();
      const certid = await imported(caller, pki.pfx('ana', PFX_PASSWORD), { newpin: 'contrase\u00f1a' });
      expect(await caller.ok('Cert/PinCheck', { certid, pin: 'contrasen\u0303a' })).toMatchObject({ result: true });
    });
  });

  it('refuses a user’s certificate the second time, and gives it to another user', async () => {
    const [caller, another] = [await newUser(), await newUser()];
    await imported(caller, pki.pfx('ana', PFX_PASSWORD));
    for (const options of [{}, { legacy: true }])
      expect(await caller.refusal('Cert/ImportPFX', importing(pki.pfx('ana', PFX_PASSWORD, options)))).toBe(
        'K0007 This user has this certificate already',
      );
    await imported(another, pki.pfx('ana', PFX_PASSWORD));
  });

  it('takes one of five that come at once, and refuses the others', async () => {
    const caller = await newUser();
    const request = importing(pki.pfx('ana', PFX_PASSWORD));
    const answers = await Promise.all(Array.from({ length: 5 }, () => caller.call('Cert/ImportPFX', request)));
    expect(answers.map(({ code }) => code).sort()).toEqual(['K0000', 'K0007', 'K0007', 'K0007', 'K0007']);
  });

  it('by an admin for a user: the user owns and uses it, the admin does not', async () => {
    const caller = await newUser();
    const userid = `titular${userCount}`;
    const { cert } = await admin.ok(
      'Cert/ImportPFX',
      importing(pki.pfx('ana', PFX_PASSWORD), { newpin: PIN, userid: userid.toUpperCase() }),
    );
    expect(cert).toMatchObject({ userid, orgaid: 'Main', oper: 'admin' });
    const { certid } = cert as { certid: string };
    expect(await caller.ok('Cert/Get', { certid })).toEqual({ error: null, cert });
    expect(await caller.call('Sign/Hash', signing(certid))).toMatchObject({ code: 'K0000' });
    expect(await admin.refusal('Sign/Hash', signing(certid))).toBe(
      'K0003 Only the owner of a certificate uses its key',
    );
  });

  it('by an admin: a userid is no filter', async () => {
    await newUser();
    const request = importing(pki.pfx('ana', PFX_PASSWORD), { newpin: PIN, userid: `titular${userCount - 1}*` });
    expect(await admin.refusal('Cert/ImportPFX', request)).toBe('K0006 There is no such user');
  });
});
