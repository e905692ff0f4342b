import { createHash, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { samplePdf } from '../../apps/keyman/src/tools/demo/sample-pdf.ts';
import { addUser, importFor, PASSWORD, PFX_PASSWORD, PIN, pki } from './people.ts';
import type { RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';

/** UTC, no zone, whole seconds (contract, "Dates"). */
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/;
const A_DATE: unknown = expect.stringMatching(DATE);
const dateText = (text: string) => new Date(text).toISOString().slice(0, 19);
const digest = createHash('sha256').update('a letter').digest('base64');

describe('each operation answers all of the manual’s members', () => {
  let keyman: RunningKeyman;
  let admin: RestCaller;
  let maria: RestCaller;
  let certid: string;

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    admin = await keyman.admin();
    await addUser(admin, 'maria');
    maria = await keyman.logIn('maria', PASSWORD);
    certid = await importFor(maria, 'ana', { name: 'firma', descr: 'de María', custom1: 'uno' });
  }, 60_000);
  afterAll(() => keyman.remove(), 30_000);

  it('User/Add: the user, never the password', async () => {
    const user = {
      userid: 'miuser',
      pass: '123456',
      email: 'miuser@example.test',
      name: 'Nombre',
      lastname: 'Apellidos',
      phone: '600600600',
      ident: '12345678Z',
      disabled: false,
    };
    expect(await admin.ok('User/Add', { user, disablenotify: false })).toEqual({
      error: null,
      user: {
        ...user,
        pass: null,
        validation: null,
        orgaid: 'Main',
        createdate: A_DATE,
        authprovider: 'db',
        extid: null,
        lastip: null,
        lastlogin: null,
        previouslogin: null,
        admin: false,
        superadmin: false,
        lang: null,
        valid: true,
      },
    });
  });

  it('Auth/Login: token and user, with the last log-ins', async () => {
    const logIn = { module: 'testapi', authmethod: 'pass', login: 'MARIA', pass: PASSWORD };
    const before = await keyman.anyone.ok('Auth/Login', logIn);
    const { token, user } = await keyman.anyone.ok('Auth/Login', logIn);
    // 256 bits in base64.
    expect(token).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(token).not.toBe(before['token']);
    expect(user).toMatchObject({
      userid: 'maria',
      orgaid: 'Main',
      pass: null,
      validation: null,
      disabled: false,
      lastip: '127.0.0.1',
      createdate: A_DATE,
      lastlogin: A_DATE,
      previouslogin: (before['user'] as { lastlogin: string }).lastlogin,
    });
  });

  it('Auth/Logout: a result', async () => {
    const session = await keyman.logIn('maria', PASSWORD);
    expect(await session.ok('Auth/Logout')).toEqual({ error: null, result: true });
    expect(await session.refusal('Auth/Logout')).toMatch(/^K0002 /);
  });

  it('User/Set: the user as he is now, never the password', async () => {
    await addUser(admin, 'cambiante');
    await keyman.logIn('cambiante', PASSWORD);
    const user = {
      userid: 'cambiante',
      name: 'María',
      lastname: 'Apellidos',
      phone: '000000000',
      lang: 'es',
      disabled: false,
    };
    expect(await admin.ok('User/Set', { user: { ...user, pass: PASSWORD } })).toEqual({
      error: null,
      user: {
        ...user,
        email: 'cambiante@example.test',
        pass: null,
        validation: null,
        orgaid: 'Main',
        createdate: A_DATE,
        authprovider: 'db',
        extid: null,
        ident: null,
        lastip: '127.0.0.1',
        lastlogin: A_DATE,
        previouslogin: null,
        admin: false,
        superadmin: false,
        valid: true,
      },
    });
  });

  it.each([
    [{}, 'K0004 Insufficient parameters (cert.certid)'],
    [{ user: {} }, 'K0004 Insufficient parameters (user.ident)'],
    [{ certid: 'A', count: 1_001 }, 'K0005 Invalid parameter (count): is above 1000'],
    [{ certid: 'A', count: -1 }, 'K0005 Invalid parameter (count): is below 0'],
    [{ certid: 'A', digests: [] }, 'K0005 Invalid parameter (digests): is empty'],
    [{ certid: 'A', digests: ['*'] }, 'K0005 Invalid parameter (digests[0]): is not base64'],
  ])('Otp/Request with %j: %s', async (request, refusal) => {
    expect(await admin.refusal('Otp/Request', request)).toBe(refusal);
  });

  it('User/Get: the caller without a filter, and the one whom the filters name', async () => {
    expect(await maria.ok('User/Get')).toMatchObject({ error: null, user: { userid: 'maria', pass: null } });
    await addUser(admin, 'nombrado', { name: 'Ramón', lastname: 'Núñez', ident: 'X-99' });
    for (const filter of [
      { email: 'NOMBRADO@example.test' },
      { name: 'ramón' },
      { lastname: 'NÚÑEZ' },
      { ident: 'x-99' },
      { userid: 'Nombrado' },
      { name: 'Ramón', lastname: 'Núñez', email: null, ident: '' },
      { name: 'Ra*' },
    ]) {
      expect(await admin.ok('User/Get', { user: filter })).toMatchObject({ user: { userid: 'nombrado' } });
    }
    expect(await admin.refusal('User/Get', { user: { name: 'Ramón', ident: 'other' } })).toMatch(/^K0006 /);
    expect(await admin.refusal('User/Get', { user: { userid: '%' } })).toMatch(/^K0006 /);
  });

  it('User/Get: K0005 where several match', async () => {
    for (const userid of ['mellizo1', 'mellizo2']) await addUser(admin, userid, { lastname: 'Mellizo' });
    expect(await admin.refusal('User/Get', { user: { lastname: 'Mellizo' } })).toMatch(
      /^K0005 Invalid parameter \(user\): several/,
    );
  });

  describe('the cert object', () => {
    const x509 = () => new X509Certificate(pki.identity('ana').certificateDer);
    const expected = () => ({
      certid,
      name: 'firma',
      orgaid: 'Main',
      userid: 'maria',
      descr: 'de María',
      custom1: 'uno',
      custom2: null,
      custom3: null,
      disabled: false,
      createdate: A_DATE,
      subject: 'CN=Ana Prueba Núñez, OU=User, O=Test S.L., L=Valencia, C=ES',
      subjectcn: 'Ana Prueba Núñez',
      issuer: 'CN=Cinabrio Test User CA, OU=Sistemas, O=Cinabrio Pruebas S.L., C=ES',
      issuercn: 'Cinabrio Test User CA',
      validfrom: dateText(x509().validFrom),
      validto: dateText(x509().validTo),
      // The INTEGER's octets, so a leading 00 where the first bit is set.
      serial: expect.stringMatching(new RegExp(`^(00)?${x509().serialNumber}$`)) as unknown,
      signalg: 'sha256RSA',
      keysize: '2048',
      certprovider: 'hsm',
      delegated: false,
      delegid: 0,
      oper: 'maria',
      linked: false,
      pin: null,
      newpin: null,
      revoked: null,
      expired: false,
      fingerprintsha1: x509().fingerprint.replaceAll(':', ''),
      sha1sum: x509().fingerprint.replaceAll(':', ''),
      providerdata: null,
      origin: 'imported',
      installed: true,
    });

    it('is what Cert/Get answers', async () => {
      expect(certid).toMatch(/^[0-9A-F]{12}$/);
      expect(await maria.ok('Cert/Get', { cert: { certid } })).toEqual({ error: null, cert: expected() });
      expect(await maria.ok('Cert/Get', { cert: { certid: certid.toLowerCase() } })).toMatchObject({
        cert: { certid },
      });
    });

    it('is what Cert/ListAvailable answers, in a list', async () => {
      const answered = await maria.ok('Cert/ListAvailable', { caller: { app: 'string', host: 'string' } });
      expect(answered).toEqual({ error: null, certlist: [expected()] });
    });

    it('is what Cert/ImportPFX answers', async () => {
      const pfxdata = Buffer.from(pki.pfx('clara', PFX_PASSWORD)).toString('base64');
      const cert = { name: 'curva', newpin: PIN, custom2: 'dos', custom3: 'tres' };
      expect(await maria.ok('Cert/ImportPFX', { cert, pfxdata, pfxpass: PFX_PASSWORD })).toEqual({
        error: null,
        cert: {
          ...expected(),
          certid: expect.stringMatching(/^[0-9A-F]{12}$/) as unknown,
          name: 'curva',
          descr: null,
          custom1: null,
          custom2: 'dos',
          custom3: 'tres',
          subject: 'CN=Clara Amostra, O=Teste Lda, C=PT',
          subjectcn: 'Clara Amostra',
          keysize: '256',
          serial: expect.stringMatching(/^([0-9A-F]{2})+$/) as unknown,
          validfrom: A_DATE,
          validto: A_DATE,
          fingerprintsha1: expect.stringMatching(/^[0-9A-F]{40}$/) as unknown,
          sha1sum: expect.stringMatching(/^[0-9A-F]{40}$/) as unknown,
        },
      });
    });
  });

  it('Cert/ListAvailable: filters by linked, revoked, expired, user and organisation', async () => {
    await addUser(admin, 'lista');
    const lista = await keyman.logIn('lista', PASSWORD);
    const valid = await importFor(lista, 'bruno');
    const expired = await importFor(lista, 'expired');
    const listed = async (caller: RestCaller, cert: object) => {
      const { certlist } = await caller.ok('Cert/ListAvailable', { cert });
      return (certlist as { certid: string }[]).map((each) => each.certid);
    };
    expect(await listed(lista, {})).toEqual([valid]);
    expect(await listed(lista, { expired: 'true' })).toEqual([expired]);
    expect(await listed(lista, { expired: false })).toEqual([valid]);
    expect(await listed(lista, { revoked: true })).toEqual([]);
    expect(await listed(lista, { linked: 'True' })).toEqual([]);
    expect(await listed(admin, { userid: 'LISTA' })).toEqual([valid]);
    expect(await listed(admin, { userid: 'lis*' })).toEqual([valid]);
    const ofMain = await listed(admin, { orgaid: 'main' });
    expect(ofMain).toEqual(expect.arrayContaining([valid, certid]));
    expect(ofMain).toEqual(ofMain.toSorted());
    expect(await listed(lista, { userid: 'maria' })).toEqual([]);
  });

  it('Cert/PinCheck: a result; beside a wrong PIN’s error, false', async () => {
    expect(await maria.ok('Cert/PinCheck', { cert: { certid, pin: PIN } })).toEqual({ error: null, result: true });
    expect((await maria.call('Cert/PinCheck', { cert: { certid, pin: 'falso-1' } })).body).toEqual({
      error: { code: 'K0009', message: 'Wrong PIN, 4 tries left' },
      result: false,
    });
    // A right PIN gives the tries back.
    await maria.ok('Cert/PinCheck', { cert: { certid, pin: PIN } });
    expect(await maria.refusal('Cert/PinCheck', { cert: { certid, pin: 'falso-2' } })).toBe(
      'K0009 Wrong PIN, 4 tries left',
    );
  });

  it('Cert/PinCheck: K0010 and false once locked, for the right PIN too', async () => {
    const locked = await importFor(maria, 'dario');
    for (let left = 4; left > 0; left--) {
      const refused = await maria.refusal('Cert/PinCheck', { cert: { certid: locked, pin: 'falso-1' } });
      expect(refused).toBe(`K0009 Wrong PIN, ${left} ${left === 1 ? 'try' : 'tries'} left`);
    }
    for (const pin of ['falso-1', PIN]) {
      const { body } = await maria.call('Cert/PinCheck', { cert: { certid: locked, pin } });
      expect(body).toMatchObject({ error: { code: expect.stringMatching(/^K0009|K0010$/) as unknown }, result: false });
    }
    expect((await maria.call('Cert/PinCheck', { cert: { certid: locked, pin: PIN } })).body).toEqual({
      error: { code: 'K0010', message: 'The PIN is locked' },
      result: false,
    });
  });

  it('Sign/Hash and Signature/Pades: data', async () => {
    const cert = { certid, pin: PIN };
    const caller = { host: 'devhost', app: 'apitest' };
    expect(await maria.ok('Sign/Hash', { cert, hash: { algorithm: 'SHA256', digest }, caller })).toEqual({
      error: null,
      data: expect.stringMatching(/^[A-Za-z0-9+/]{342}==$/) as unknown,
    });
    const doc = samplePdf('A letter').toString('base64');
    expect(await maria.ok('Signature/Pades', { cert, doc, profile: 'BASIC', caller })).toEqual({
      error: null,
      data: expect.stringMatching(/^JVBER/) as unknown,
    });
  });

  describe('requests may be', () => {
    it('flat, where the manual nests them under cert', async () => {
      expect(await maria.ok('Cert/Get', { certid })).toMatchObject({ cert: { certid } });
      expect(await maria.ok('Cert/PinCheck', { certid, pin: PIN })).toMatchObject({ result: true });
      expect(await admin.ok('Cert/ListAvailable', { userid: 'maria', orgaid: 'Main' })).toMatchObject({
        certlist: expect.arrayContaining([expect.objectContaining({ certid })]) as unknown,
      });
    });

    it('words in any case, booleans as words, and members that nobody knows', async () => {
      const hash = { algorithm: 'sha256', digest, scheme: 'PSS', unknown: [1] };
      await maria.ok('Sign/Hash', { cert: { certid, pin: PIN }, hash, more: { of: 'it' } });
      await keyman.anyone.ok('Auth/Login', { module: 'm', authmethod: 'Pass', login: 'maria', pass: PASSWORD });
      const user = { userid: 'dormido', email: 'd@example.test', pass: PASSWORD, disabled: 'TRUE' };
      expect(await admin.ok('User/Add', { user, disablenotify: 'true' })).toMatchObject({ user: { disabled: true } });
    });

    it('full of nulls and empty strings, which are absent', async () => {
      expect(await maria.ok('User/Get', { user: { userid: null, email: '', name: null } })).toMatchObject({
        user: { userid: 'maria' },
      });
      expect(await maria.ok('User/Get', { user: null })).toMatchObject({ user: { userid: 'maria' } });
      expect(await maria.ok('Cert/ListAvailable', { caller: null, cert: null })).toMatchObject({ error: null });
    });
  });

  it.each([
    ['Auth/Login', { authmethod: 'pass' }, 'module'],
    ['Auth/Login', { module: 'm' }, 'authmethod'],
    ['Auth/Login', { module: 'm', authmethod: 'pass', pass: 'x' }, 'login'],
    ['Auth/Login', { module: 'm', authmethod: 'pass', login: 'x' }, 'pass'],
    ['User/Add', {}, 'user.userid'],
    ['User/Add', { user: { userid: 'x' } }, 'user.email'],
    ['User/Add', { user: { userid: 'x', email: 'x@example.test' }, disablenotify: true }, 'user.pass'],
    ['Cert/Get', {}, 'cert.certid'],
    ['Cert/Get', { cert: { certid: '' } }, 'cert.certid'],
    ['Cert/PinCheck', { cert: { certid: 'A' } }, 'cert.pin'],
    ['Cert/ImportPFX', { pfxdata: 'AA==', pfxpass: 'x' }, 'cert.name'],
    ['Cert/ImportPFX', { cert: { name: 'x' }, pfxpass: 'x' }, 'pfxdata'],
    ['Cert/ImportPFX', { cert: { name: 'x' }, pfxdata: 'AA==' }, 'pfxpass'],
    ['Cert/RSAGen', { cert: { newpin: 'x' } }, 'cert.name'],
    ['Cert/GenCSR', { cert: { certid: 'A' }, subject: 'CN=x' }, 'cert.pin'],
    ['Cert/GenCSR', { cert: { certid: 'A', pin: 'x' } }, 'subject'],
    ['Cert/InstallCER', { cer: 'AA==' }, 'cert.certid'],
    ['Cert/InstallCER', { cert: { certid: 'A' } }, 'cer'],
    ['Cert/Set', { cert: { name: 'x' } }, 'cert.certid'],
    ['Cert/Del', {}, 'cert.certid'],
    ['Sign/Hash', { cert: { certid: 'A', pin: 'x' } }, 'hash.algorithm'],
    ['Sign/Hash', { cert: { certid: 'A', pin: 'x' }, hash: { algorithm: 'SHA1' } }, 'hash.digest'],
    ['Sign/Hash', { hash: { algorithm: 'SHA1', digest } }, 'cert.certid'],
    ['Signature/Pades', { cert: { certid: 'A', pin: 'x' }, doc: 'JVBERg==' }, 'profile'],
    ['Signature/Pades', { cert: { certid: 'A', pin: 'x' }, profile: 'basic' }, 'document'],
    ['Audit/List', { enddate: '2018-04-30T23:59:59Z' }, 'startdate'],
    ['Audit/List', { startdate: '2018-04-30T23:59:59Z' }, 'enddate'],
  ])('%s %j misses %s', async (operation, request, member) => {
    expect(await admin.refusal(operation, request)).toBe(`K0004 Insufficient parameters (${member})`);
  });

  const range = { startdate: '2018-04-01', enddate: '2018-04-30' };
  it.each([
    ['Auth/Login', { module: 'm', authmethod: 'otp' }, 'authmethod', 'is none of pass, win, federated'],
    ['User/Add', { user: { userid: 'a b', email: 'x@example.test' } }, 'user.userid', 'holds a space'],
    ['User/Add', { user: { userid: 'a*', email: 'x@example.test' } }, 'user.userid', 'holds'],
    ['User/Add', { user: { userid: 'ab', email: 'nobody' } }, 'user.email', 'is not an e-mail address'],
    ['User/Add', { user: { userid: 'ab', email: 'x@example.test', pass: '12345' } }, 'user.pass', 'is shorter than 6'],
    ['User/Add', { user: { userid: 'ab', email: 'x@example.test', admin: 'sí' } }, 'user.admin', 'neither true nor'],
    ['User/Add', { user: { userid: 'ab', email: 'x@example.test', name: 'a\u0007' } }, 'user.name', 'control char'],
    ['User/Get', { user: 'maria' }, 'user', ''],
    ['Cert/ImportPFX', { cert: { name: 'x' }, pfxdata: 'no*', pfxpass: 'x' }, 'pfxdata', 'is not base64'],
    ['Cert/ImportPFX', { cert: { name: 'x'.repeat(300) }, pfxdata: 'AA==', pfxpass: 'x' }, 'cert.name', 'is longer'],
    ['Cert/RSAGen', { cert: { name: 'x', keysize: ['P-256'] } }, 'cert.keysize', ''],
    ['Cert/GenCSR', { cert: { certid: 'A', pin: 'x' }, subject: 'x'.repeat(2049) }, 'subject', 'is longer'],
    ['Cert/InstallCER', { cert: { certid: 'A' }, cer: 'no*' }, 'cer', 'is not base64'],
    [
      'Cert/InstallCER',
      { cert: { certid: 'A' }, cer: 'AA==', chain: Array.from({ length: 17 }, () => 'AA==') },
      'chain',
      'has more than 16 members',
    ],
    ['Sign/Hash', { cert: { certid: 'A', pin: 1 }, hash: { algorithm: 'SHA1', digest } }, 'cert.pin', ''],
    [
      'Sign/Hash',
      { cert: { certid: 'A', pin: 'x' }, hash: { algorithm: 'CRC', digest } },
      'hash.algorithm',
      'is none of',
    ],
    ['Audit/List', { ...range, startdate: '30/04/2018' }, 'startdate', 'is not a date'],
    ['Audit/List', { ...range, enddate: '2018-03-01' }, 'enddate', 'is before startdate'],
    ['Audit/List', { ...range, page: { itemspage: 1001 } }, 'page.itemspage', 'is above 1000'],
    ['Audit/List', { ...range, page: { id: -1 } }, 'page.id', 'is below 0'],
    ['Audit/List', { ...range, page: { id: 'two' } }, 'page.id', 'is not a number'],
  ])('%s %j is wrong in %s: %s', async (operation, request, member, why) => {
    const refused = await admin.refusal(operation, request);
    expect(refused.startsWith(`K0005 Invalid parameter (${member}): `)).toBe(true);
    expect(refused).toContain(why);
  });
});
