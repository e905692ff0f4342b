import { execFileSync } from 'node:child_process';
import { createHash, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OPERATIONS } from '@cinnabar/keyman-api';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { addSigner, PIN, type Signer } from './people.ts';
import { sendRaw } from './raw-http.ts';
import { ADMIN_PASSWORD, RunningKeyman } from './running-keyman.ts';
import { NAMESPACE, PATH, SoapCaller } from './soap-caller.ts';

const LOG_IN = { module: 'e2e', authmethod: 'pass', login: 'admin', pass: ADMIN_PASSWORD };
const digest = createHash('sha256').update('a letter').digest();

describe('SOAP', () => {
  let keyman: RunningKeyman;
  let ana: Signer;
  let anyone: SoapCaller;
  let soap: SoapCaller;
  let folder: string;

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    const rest = await keyman.admin();
    ana = await addSigner(keyman, rest, 'ana');
    anyone = new SoapCaller(keyman.url);
    soap = new SoapCaller(keyman.url, ana.client.token);
    folder = mkdtempSync(join(tmpdir(), 'cinnabar-soap-'));
    writeFileSync(join(folder, 'service.xsd'), await describeService('xsd'));
  }, 90_000);
  afterAll(async () => {
    await keyman.remove();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  const describeService = async (query: string, headers: Record<string, string> = {}) =>
    (await sendRaw(keyman.url, { method: 'GET', path: `${PATH}?${query}`, headers })).text;

  /** xmllint's judgement of what stands in a message's body, by the served schema. */
  const validate = (message: string): string => {
    const payload = /<(?:\w+:)?Body>(.*)<\/(?:\w+:)?Body>/s.exec(message)?.[1] ?? '';
    const withPrefixes = payload.replace(
      /^<([\w:]+)/,
      `<$1 xmlns:k="${NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`,
    );
    const path = join(folder, 'message.xml');
    writeFileSync(path, payload.includes('xmlns:k=') ? payload : withPrefixes);
    execFileSync('xmllint', ['--noout', '--schema', join(folder, 'service.xsd'), path], { stdio: 'pipe' });
    return 'valid';
  };
  const cert = () => ({ certid: ana.certid, pin: PIN });

  describe('the description', () => {
    it('has every declared operation, under ?wsdl and ?singleWsdl, in any case', async () => {
      const wsdl = await describeService('wsdl');
      for (const { category, action } of OPERATIONS)
        expect(wsdl).toContain(`<wsdl:operation name="${category}${action}"><wsdl:documentation>`);
      expect(await describeService('singleWsdl')).toBe(wsdl);
      expect(await describeService('WSDL')).toBe(wsdl);
    });
  });

  it.each(['1.1', '1.2'] as const)('logs in and works with the token in the request, in SOAP %s', async (version) => {
    const loggedIn = await anyone.call('AuthLogin', LOG_IN, version);
    expect([loggedIn.status, loggedIn.text('userid'), loggedIn.text('code')]).toEqual([200, 'admin', undefined]);
    const caller = new SoapCaller(keyman.url, loggedIn.text('token'));
    const user = await caller.call('UserGet', {}, version);
    expect(user.raw.headers['content-type']).toBe(
      version === '1.1' ? 'text/xml; charset=utf-8' : 'application/soap+xml; charset=utf-8',
    );
    expect(user.text('userid')).toBe('admin');
    expect([validate(loggedIn.xml), validate(user.xml)]).toEqual(['valid', 'valid']);
  });

  it('signs a hash', async () => {
    const signed = await soap.call('SignHash', { cert: cert(), hash: { algorithm: 'SHA256', digest } });
    const signature = Buffer.from(signed.text('data') ?? '', 'base64');
    expect(
      verify('sha256', Buffer.from('a letter'), new X509Certificate(ana.identity.certificateDer).publicKey, signature),
    ).toBe(true);
    expect(validate(signed.xml)).toBe('valid');
  });
});
