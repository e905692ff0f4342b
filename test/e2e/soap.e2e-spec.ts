import { execFileSync } from 'node:child_process';
import { createHash, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OPERATIONS } from '@cinnabar/keyman-api';
import { createClientAsync } from 'soap';
import { samplePdf } from '../../apps/keyman/src/tools/demo/sample-pdf.ts';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { addSigner, PIN, type Signer } from './people.ts';
import { sendRaw } from './raw-http.ts';
import { ADMIN_PASSWORD, RunningKeyman } from './running-keyman.ts';
import { elements, envelopeOf, NAMESPACE, PATH, SoapCaller, type SoapAnswer } from './soap-caller.ts';

const LOG_IN = { module: 'e2e', authmethod: 'pass', login: 'admin', pass: ADMIN_PASSWORD };
const digest = createHash('sha256').update('a letter').digest();
const VERSIONS = ['1.1', '1.2'] as const;

describe('SOAP', () => {
  let keyman: RunningKeyman;
  let ana: Signer;
  let anyone: SoapCaller;
  let admin: SoapCaller;
  let soap: SoapCaller;
  let folder: string;

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    const rest = await keyman.admin();
    ana = await addSigner(keyman, rest, 'ana');
    anyone = new SoapCaller(keyman.url);
    admin = new SoapCaller(keyman.url, rest.token);
    soap = new SoapCaller(keyman.url, ana.client.token);
    folder = mkdtempSync(join(tmpdir(), 'cinnabar-soap-'));
    writeFileSync(join(folder, 'service.xsd'), (await described('xsd')).text);
  }, 90_000);
  afterAll(async () => {
    await keyman.remove();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  const described = (query: string, headers: Record<string, string> = {}) =>
    sendRaw(keyman.url, { method: 'GET', path: `${PATH}?${query}`, headers });
  const cert = () => ({ certid: ana.certid, pin: PIN });

  /** xmllint's judgement, by the served schema, of what stands in a message's body. */
  const judged = (message: string): string => {
    const payload = /<(?:\w+:)?Body>(.*)<\/(?:\w+:)?Body>/s.exec(message)?.[1] ?? '';
    const declarations = `xmlns:k="${NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`;
    const path = join(folder, 'message.xml');
    writeFileSync(path, payload.includes('xmlns:k=') ? payload : payload.replace(/^<([\w:]+)/, `<$1 ${declarations}`));
    execFileSync('xmllint', ['--noout', '--schema', join(folder, 'service.xsd'), path], { stdio: 'pipe' });
    return 'valid';
  };

  describe('the description', () => {
    it('has every declared operation, under ?wsdl and ?singleWsdl, in any case', async () => {
      const { text, headers } = await described('wsdl');
      expect(headers['content-type']).toBe('text/xml; charset=utf-8');
      for (const { category, action } of OPERATIONS)
        expect(text).toContain(`<wsdl:operation name="${category}${action}"><wsdl:documentation>`);
      expect((await described('singleWsdl')).text).toBe(text);
      const lower = await sendRaw(keyman.url, { method: 'GET', path: '/keyman/keymanservicev3.SVC?WSDL' });
      expect(lower.text).toBe(text);
    });

    it('has one namespace, qualified elements, and members in ordinal order', async () => {
      const { text } = await described('wsdl');
      expect(new Set(text.match(/targetNamespace="[^"]*"/g))).toEqual(new Set([`targetNamespace="${NAMESPACE}"`]));
      expect(text).toContain('elementFormDefault="qualified"');
      for (const [, sequence = ''] of text.matchAll(/<xs:complexType name="\w+"><xs:sequence>(.*?)<\/xs:sequence>/g)) {
        const names = [...sequence.matchAll(/ name="(\w+)"/g)].map(([, name]) => name);
        expect(names).toEqual(names.toSorted());
      }
    });

    it('is one that svcutil makes a proxy of: no type bears the name of an element, and each message has its action', async () => {
      const { text } = await described('wsdl');
      const namesOf = (kind: string) =>
        [...text.matchAll(new RegExp(`^<xs:${kind} name="(\\w+)"`, 'gm'))].map(([, name]) => name);
      const elements = new Set(namesOf('element'));
      expect(elements.size).toBe(2 * OPERATIONS.length);
      expect(namesOf('complexType').filter((name) => elements.has(name))).toEqual([]);
      expect(text.match(/<wsdl:(input|output) wsaw:Action="[^"]+"/g)).toHaveLength(2 * OPERATIONS.length);
    });

    it('names the address that was asked, and nobody else’s', async () => {
      const address = async (headers: Record<string, string>) =>
        /<soap:address location="([^"]*)"/.exec((await described('wsdl', headers)).text)?.[1];
      expect(await address({ host: 'keyman.example.test:8080' })).toBe(`http://keyman.example.test:8080${PATH}`);
      expect(await address({ host: '"><evil/>' })).toBe(`${keyman.url}${PATH}`);
      expect(
        await address({ host: 'inside', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example.test' }),
      ).toBe(`http://inside${PATH}`);
    });

    it('is read by a client that we did not write, which then calls', async () => {
      const client = await createClientAsync(`${keyman.url}${PATH}?wsdl`);
      const call = client['AuthLoginAsync'] as (request: unknown) => Promise<[{ AuthLoginResult: { user: unknown } }]>;
      const [{ AuthLoginResult }] = await call({ request: LOG_IN });
      expect(AuthLoginResult.user).toMatchObject({
        userid: 'admin',
        admin: true,
        createdate: expect.any(Date) as unknown,
      });
    });
  });

  describe.each(VERSIONS)('in version %s', (version) => {
    it('logs in, and works with the token as a member of the request', async () => {
      const loggedIn = await anyone.call('AuthLogin', LOG_IN, version);
      expect([loggedIn.status, loggedIn.text('userid'), loggedIn.text('code')]).toEqual([200, 'admin', undefined]);
      const user = await new SoapCaller(keyman.url, loggedIn.text('token')).call('UserGet', {}, version);
      expect(user.raw.headers['content-type']).toBe(
        version === '1.1' ? 'text/xml; charset=utf-8' : 'application/soap+xml; charset=utf-8',
      );
      expect(user.text('userid')).toBe('admin');
      expect([judged(loggedIn.xml), judged(user.xml)]).toEqual(['valid', 'valid']);
    });

    it('answers errors of the application in the answer, with its further members', async () => {
      const refused = await soap.call('CertPinCheck', { cert: { certid: ana.certid, pin: 'falso-1' } }, version);
      expect([refused.status, refused.childrenOf('CertPinCheckResult')]).toEqual([200, ['error', 'result']]);
      expect([refused.text('code'), refused.text('result')]).toEqual(['K0009', 'false']);
      expect(judged(refused.xml)).toBe('valid');
      await soap.call('CertPinCheck', { cert: cert() }, version);
    });

    const faultOf = (answer: SoapAnswer) => [
      answer.status,
      /(?:faultcode>soap:|Value>soap:)(\w+)/.exec(answer.xml)?.[1],
      answer.text('code'),
    ];
    const type = { 'content-type': version === '1.1' ? 'text/xml' : 'application/soap+xml' };
    const [status, caller] = version === '1.1' ? [500, 'Client'] : [400, 'Sender'];
    const send = (message: string | Uint8Array) => anyone.send(message, type);
    const good = envelopeOf('AuthLogin', elements(LOG_IN), version);

    it.each([
      ['an operation that is none', envelopeOf('AuthNothing', '', version), 'K0006'],
      ['an operation that Object has', envelopeOf('constructor', '', version), 'K0006'],
      ['another namespace', envelopeOf('AuthLogin', '', version, 'urn:other'), 'K0006'],
      ['no envelope', '<a/>', 'K0005'],
      ['no XML', 'AuthLogin', 'K0005'],
      ['nothing', '', 'K0005'],
      ['an end that is missing', good.slice(0, -5), 'K0005'],
      ['two operations', good.replace('</e:Body>', '<k:AuthLogin/></e:Body>'), 'K0005'],
      ['a document type', good.replace('?>', '?><!DOCTYPE a [<!ENTITY x "y">]>'), 'K0005'],
      ['an entity', good.replace('admin', '&x;'), 'K0005'],
      ['a processing instruction', good.replace('?>', '?><?php 1 ?>'), 'K0005'],
      ['another encoding', good.replace('utf-8', 'iso-8859-1'), 'K0005'],
      ['bad UTF-8', Buffer.from(good.replace('admin', '\u00ff'), 'latin1'), 'K0005'],
      ['endless depth', `${'<a>'.repeat(30_000)}${'</a>'.repeat(30_000)}`, 'K0005'],
      ['twenty thousand members', envelopeOf('AuthLogin', '<k:a/>'.repeat(20_001), version), 'K0005'],
      ['a prefix that nobody declared', good.replaceAll('xmlns:k', 'xmlns:q'), 'K0005'],
    ])('answers a fault of the caller to %s', async (_what, message, code) => {
      expect(faultOf(await send(message))).toEqual([status, caller, code]);
    });

    it('quotes nothing of a message in its fault', async () => {
      const secret = 'geheim-7731';
      for (const message of [good.replace('admin', `&${secret};`), `<${secret}`, envelopeOf(secret, '', version)])
        expect((await send(message)).xml).not.toContain(secret);
    });

    it('refuses a header that must be understood', async () => {
      const header = `<e:Header><x xmlns="urn:x" e:mustUnderstand="1"/></e:Header><e:Body>`;
      expect(faultOf(await send(good.replace('<e:Body>', header)))).toEqual([500, 'MustUnderstand', 'K0005']);
      const optional = await send(good.replace('<e:Body>', header.replace('"1"', '"0"')));
      expect([optional.status, optional.text('userid')]).toEqual([200, 'admin']);
    });
  });

  it('refuses an envelope of an unknown version, content types that are not SOAP’s, and a SOAPAction for another operation', async () => {
    const good = envelopeOf('AuthLogin', elements(LOG_IN));
    const unknown = await anyone.send(good.replace('http://schemas.xmlsoap.org/soap/envelope/', 'urn:soap:3'));
    expect([unknown.status, unknown.xml.includes('soap:VersionMismatch')]).toEqual([500, true]);
    for (const type of ['application/json', 'text/xml; charset=utf-16'])
      expect((await anyone.send(good, { 'content-type': type })).status).toBe(415);
    const action = (soapaction: string) => anyone.send(good, { 'content-type': 'text/xml', soapaction });
    expect((await action(`"${NAMESPACE}:IKeymanServiceV3/UserDel"`)).status).toBe(500);
    for (const fine of ['""', `"${NAMESPACE}:IKeymanServiceV3/AuthLogin"`, 'AuthLogin'])
      expect((await action(fine)).status).toBe(200);
  });

  describe('a request', () => {
    it('is read in any order, with xsi:nil as absent, unknown and foreign members ignored', async () => {
      const { token } = soap;
      const request = elements({
        token: token ?? '',
        more: { of: 'it' },
        cert: { pin: null, userid: null, certid: ana.certid },
      });
      const foreign = '<x:cert xmlns:x="urn:x"><x:certid>1</x:certid></x:cert>';
      const answer = await anyone.send(envelopeOf('CertGet', `${foreign}${request}`));
      expect([answer.text('code'), answer.text('certid')]).toEqual([undefined, ana.certid]);
      expect(answer.xml).not.toContain('nil');
    });

    it('may have its token in the HTTP header instead', async () => {
      const headers = { 'content-type': 'text/xml', authentication: soap.token ?? '' };
      expect((await anyone.send(envelopeOf('UserGet', ''), headers)).text('userid')).toBe('ana');
    });

    it('needs a token, and names what is missing or wrong as REST does', async () => {
      expect((await anyone.call('UserGet')).text('code')).toBe('K0002');
      expect((await soap.call('CertGet')).text('message')).toBe('Insufficient parameters (cert.certid)');
      const user = { userid: 'ab', email: 'x@example.test', disabled: 'quizá' };
      expect((await admin.call('UserAdd', { user })).text('message')).toMatch(/^Invalid parameter \(user\.disabled\)/);
      const twice = envelopeOf('CertGet', elements({ token: soap.token ?? '', cert: {} }) + elements({ cert: {} }));
      expect((await anyone.send(twice)).text('message')).toMatch(/^Invalid parameter \(cert\)/);
    });

    it('takes XSD’s forms of booleans, numbers and dates', async () => {
      const user = { userid: 'lexico', email: 'l@example.test', pass: 'Passwort-1', disabled: 1, admin: ' false ' };
      const added = await admin.call('UserAdd', { disablenotify: 'true', user });
      expect([added.text('code'), added.text('disabled'), added.text('admin')]).toEqual([undefined, 'true', 'false']);
      const range = { startdate: '2018-04-01T00:00:00', enddate: '2030-04-01T02:00:00.5+02:00' };
      const listed = await admin.call('AuditList', { ...range, page: { id: '01', itemspage: '2' } });
      expect([listed.text('code'), listed.text('itemspage')]).toEqual(['K0000', '2']);
      expect(listed.childrenOf('auditlist')).toEqual(['Audit', 'Audit']);
      expect(judged(listed.xml)).toBe('valid');
    });

    it('may hold what XML escapes, and gets it back', async () => {
      const name = `<![CDATA[a]]> & "b" 'c' \u00e9\u{1F58B}`;
      const user = { userid: 'escapado', email: 'e@example.test', pass: 'Passwort-1', name };
      await admin.call('UserAdd', { disablenotify: true, user });
      const answer = await admin.call('UserGet', { user: { userid: 'escapado' } });
      expect(
        answer
          .text('name')
          ?.replaceAll('&lt;', '<')
          .replaceAll('&gt;', '>')
          .replaceAll('&quot;', '"')
          .replaceAll('&amp;', '&'),
      ).toBe(name);
      expect(judged(answer.xml)).toBe('valid');
    });
  });

  it('answers lists as ArrayOfX, members in ordinal order, null ones left out', async () => {
    const listed = await soap.call('CertListAvailable');
    expect(listed.childrenOf('certlist')).toEqual(['Cert']);
    const members = listed.childrenOf('Cert');
    expect(members).toEqual(members.toSorted());
    expect(members).toEqual(expect.arrayContaining(['certid', 'subjectcn', 'validto']));
    expect(members).not.toContain('pin');
    expect(judged(listed.xml)).toBe('valid');
  });

  it('signs a hash that node’s own verifier accepts', async () => {
    const request = { cert: cert(), hash: { algorithm: 'SHA256', digest } };
    const signed = await soap.call('SignHash', request);
    const { publicKey } = new X509Certificate(ana.identity.certificateDer);
    const signature = Buffer.from(signed.text('data') ?? '', 'base64');
    expect(verify('sha256', Buffer.from('a letter'), publicKey, signature)).toBe(true);
    expect(judged(signed.xml)).toBe('valid');
    expect(judged(envelopeOf('SignHash', elements(request)))).toBe('valid');
  });

  it('signs a PDF of 2 MB with the token inside the message alone', async () => {
    const document = Buffer.concat([samplePdf('A letter'), Buffer.from(`\n%${'x'.repeat(2_000_000)}\n`)]);
    const extradata = [['KeyPair', { Key: 'a', Value: 'b' }]] as const;
    const signed = await soap.call('SignaturePades', { cert: cert(), document, extradata, profile: 'enhanced' });
    expect(signed.text('code')).toBeUndefined();
    const path = join(folder, 'signed.pdf');
    writeFileSync(path, Buffer.from(signed.text('data') ?? '', 'base64'));
    expect(execFileSync('pdfsig', ['-nocert', path], { encoding: 'utf8' })).toContain('Signature is Valid.');
  });

  it('leaves its records in the audit as REST does', async () => {
    await soap.call('CertGet', { cert: { certid: 'nothing' } });
    const { auditlist } = await ana.client.ok('Audit/List', {
      startdate: '2018-04-01',
      enddate: '2100-01-01',
      audit: { category: 'Cert', action: 'Get', success: false },
    });
    expect(auditlist).toContainEqual(
      expect.objectContaining({
        oper: 'ana',
        module: 'e2e',
        info: expect.stringMatching(/^Cert\/Get refused: K0006/) as unknown,
      }),
    );
  });
});

describe('SOAP behind a proxy, with its settings', () => {
  let keyman: RunningKeyman;

  beforeAll(async () => {
    keyman = await RunningKeyman.start({
      ...CHEAP_HASHING,
      KEYMAN_TRUSTED_PROXY: '127.0.0.1',
      KEYMAN_BODY_LIMIT_BYTES: '200000',
      KEYMAN_SOAP_NAMESPACE: 'https://example.test/keyman',
      KEYMAN_ALWAYS_ERROR_OBJECT: 'true',
      KEYMAN_DOCS: 'false',
      KEYMAN_SOAP_OPEN_MESSAGES: '1',
    });
  }, 60_000);
  afterAll(() => keyman.remove(), 30_000);

  it('describes itself at the address that the proxy tells', async () => {
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'keyman.example.test' };
    const { text } = await sendRaw(keyman.url, { method: 'GET', path: `${PATH}?wsdl`, headers });
    expect(text).toContain(`<soap:address location="https://keyman.example.test${PATH}"/>`);
    expect(text).toContain('targetNamespace="https://example.test/keyman"');
    expect(text).toContain('soapAction="https://example.test/keyman/IKeymanServiceV3/AuthLogin"');
  });

  it('has the K0000 object where the setting asks for it', async () => {
    const message = envelopeOf('AuthLogin', elements(LOG_IN), '1.1', 'https://example.test/keyman');
    expect((await new SoapCaller(keyman.url).send(message)).text('code')).toBe('K0000');
  });

  it('answers a fault with status 413 to what is too large', async () => {
    const caller = new SoapCaller(keyman.url);
    for (const version of VERSIONS) {
      const answer = await caller.call('AuthLogin', { ...LOG_IN, pass: 'x'.repeat(200_000) }, version);
      expect([answer.status, answer.text('code')]).toEqual([413, 'K0005']);
      expect(answer.xml).toContain(version === '1.1' ? 'soap:Client' : 'soap:Sender');
    }
  });

  it('reads large messages of the unknown one after another, and all of them in the end', async () => {
    const large = envelopeOf(
      'UserGet',
      elements({ token: 'none', more: 'x'.repeat(100_000) }),
      '1.1',
      'https://example.test/keyman',
    );
    const caller = new SoapCaller(keyman.url);
    const answers = await Promise.all(Array.from({ length: 6 }, () => caller.send(large)));
    expect(answers.map((answer) => answer.text('code'))).toEqual(Array.from({ length: 6 }, () => 'K0002'));
  });

  it('keeps its pages for readers to itself where they are turned off', async () => {
    for (const path of ['/docs', '/docs/openapi.json', '/docs/swagger-ui-bundle.js'])
      expect((await sendRaw(keyman.url, { method: 'GET', path })).status).toBe(404);
  });
});
