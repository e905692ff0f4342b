import { expect } from '@jest/globals';
import { samplePdf } from '../../apps/keyman/src/tools/demo/sample-pdf.ts';
import { codeFor } from './code-letters.ts';
import { pki } from './people.ts';
import { RestCaller, type Answer } from './rest-caller.ts';
import { ADMIN_PASSWORD, type RunningKeyman } from './running-keyman.ts';
import { secretCalled, type Secret } from './secret-forms.ts';
import { SlotMaker } from './slot-maker.ts';

const PASSWORD = secretCalled('Password');
const WRONG_PASSWORD = secretCalled('WrongPassword');
const MODULE_KEY = secretCalled('ModuleKey');
export const PIN = secretCalled('Pin');
const WRONG_PIN = secretCalled('WrongPin');
const PFX_PASSWORD = secretCalled('PfxPassword');
const WRONG_PFX_PASSWORD = secretCalled('WrongPfxPassword');
const PFX_PASSWORD_AS_PIN = secretCalled('PfxPasswordAsPin');
const PDF_PASSWORD = secretCalled('PdfPassword');
const TSA_PASSWORD = secretCalled('TsaPassword');
const TSA_URL_PASSWORD = secretCalled('TsaUrlPassword');
const PKI_PASSWORD = secretCalled('PkiPassword');
const CODE = secretCalled('ValidationCode');
const OVERLONG = secretCalled('Overlong');
const MISPLACED = secretCalled('Misplaced');
const MALFORMED = secretCalled('Malformed');
const WRONG_TOKEN = secretCalled('WrongToken');
const NEW_PASSWORD = secretCalled('NewPassword');
const NEW_PIN = secretCalled('NewPin');
const WRONG_CODE = secretCalled('WrongCode');
const ACTIVATION: Secret = { name: 'ActivationCode', text: '7c1e9a40b5d23f68e07194a6c8f2d35b' };
const TYPED_ACTIVATION: Secret = { name: 'ActivationCode in groups', text: '7C1E-9A40-B5D2-3F68-E071-94A6-C8F2-D35B' };
const NUMBER: Secret = { name: 'NumericPin', text: '8675309427619' };

/** Calls all operations, rightly and wrongly, with secrets wherever a caller could put one. */
export class SecretRun {
  /** What came back, for the search. */
  readonly answers: string[] = [];
  readonly secrets: Secret[] = [
    { name: 'AdminPassword', text: ADMIN_PASSWORD },
    ...[PASSWORD, WRONG_PASSWORD, MODULE_KEY, PIN, WRONG_PIN, PFX_PASSWORD, WRONG_PFX_PASSWORD, PFX_PASSWORD_AS_PIN],
    ...[PDF_PASSWORD, TSA_PASSWORD, TSA_URL_PASSWORD, PKI_PASSWORD, CODE, OVERLONG, MISPLACED, MALFORMED, WRONG_TOKEN],
    ...[NEW_PASSWORD, NEW_PIN, WRONG_CODE, ACTIVATION, TYPED_ACTIVATION],
    NUMBER,
  ];
  private readonly keyman: RunningKeyman;

  constructor(keyman: RunningKeyman) {
    this.keyman = keyman;
  }

  /** Calls, keeps the answer for the search, and says its code. A session's token is the one secret that an answer is for. */
  private async call(client: RestCaller, operation: string, body: unknown, version?: string): Promise<Answer> {
    const answer = await client.call(operation, body, version);
    const { token, ...rest } = answer.body;
    if (typeof token === 'string') this.secrets.push({ name: `SessionToken ${this.secrets.length}`, text: token });
    this.answers.push(JSON.stringify(rest));
    return answer;
  }

  private async logIn(login: string, pass: string): Promise<RestCaller> {
    const request = { module: 'secrets', modkey: MODULE_KEY.text, authmethod: 'pass', login, pass };
    const { body } = await this.call(this.keyman.anyone, 'Auth/Login', request);
    return new RestCaller(this.keyman.url, String(body['token']));
  }

  async whole(): Promise<void> {
    const admin = await this.logIn('admin', ADMIN_PASSWORD);
    const user = { userid: 'ana', pass: PASSWORD.text, email: 'ana@example.test', validation: CODE.text };
    await this.call(admin, 'User/Add', { user, pkiauth: PKI_PASSWORD.text });
    await this.call(admin, 'User/Add', { user });
    await this.call(admin, 'User/Add', { user: { userid: 'mailed', email: 'mailed@example.test' } });
    const ana = await this.logIn('ana', PASSWORD.text);
    await this.logInWrongly();
    const { certid, second } = await this.importing(ana);
    await this.signing(ana, certid);
    await this.bearing(ana);
    await this.signingByCode(ana, certid);
    await this.choosingPins(ana, second);
    await this.misplacing(ana, certid);
    await this.changingUsers(ana);
    await this.call(ana, 'Cert/PinUnlock', { cert: { certid, pin: PIN.text } });
    await this.call(admin, 'Cert/PinUnlock', { cert: { certid, pin: PIN.text } });
    await this.call(ana, 'User/Get', { user: { userid: 'ana' } });
    const period = { startdate: '2020-01-01T00:00:00Z', enddate: '2100-01-01T00:00:00Z' };
    await this.call(admin, 'Audit/List', { ...period, page: { itemspage: 1000 } });
    await this.wrongHeaders(ana);
    await this.call(ana, 'Auth/Logout', {});
    await this.call(ana, 'Auth/Logout', { pass: PASSWORD.text });
  }

  private async logInWrongly(): Promise<void> {
    const attempt = { module: 'secrets', authmethod: 'pass', login: 'ana', pass: WRONG_PASSWORD.text };
    await this.call(this.keyman.anyone, 'Auth/Login', attempt);
    await this.call(this.keyman.anyone, 'Auth/Login', { ...attempt, login: 'nobody' });
    await this.call(this.keyman.anyone, 'Auth/Login', { ...attempt, authmethod: 'win' });
    await this.call(this.keyman.anyone, 'Auth/Login', { ...attempt, pass: OVERLONG.text.repeat(2_000) });
    await this.call(this.keyman.anyone, 'Auth/Login', { ...attempt, pass: { inner: PASSWORD.text } });
    await this.call(this.keyman.anyone, 'Auth/Login', { ...attempt, authmethod: MISPLACED.text });
  }

  private async importing(client: RestCaller): Promise<{ readonly certid: string; readonly second: string }> {
    const pfxdata = Buffer.from(pki.pfx('ana', PFX_PASSWORD.text)).toString('base64');
    const cert = { name: 'a certificate', newpin: PIN.text, pin: WRONG_PIN.text };
    const whole = { cert, pfxdata, pfxpass: PFX_PASSWORD.text };
    await this.call(client, 'Cert/ImportPFX', { ...whole, pfxpass: WRONG_PFX_PASSWORD.text });
    await this.call(client, 'Cert/ImportPFX', { ...whole, pfxdata: Buffer.from(PFX_PASSWORD.text).toString('base64') });
    await this.call(client, 'Cert/ImportPFX', { ...whole, pfxdata: MISPLACED.text });
    await this.call(client, 'Cert/ImportPFX', { ...whole, cert: { ...cert, newpin: OVERLONG.text.repeat(40) } });
    const { body } = await this.call(client, 'Cert/ImportPFX', whole);
    await this.call(client, 'Cert/ImportPFX', whole, 'v5');
    const clara = Buffer.from(pki.pfx('clara', PFX_PASSWORD_AS_PIN.text)).toString('base64');
    const { body: other } = await this.call(client, 'Cert/ImportPFX', {
      cert: { name: 'c' },
      pfxdata: clara,
      pfxpass: PFX_PASSWORD_AS_PIN.text,
    });
    const { certid } = body['cert'] as { certid: string };
    await this.call(client, 'Cert/Get', { cert: { certid, pin: PIN.text } });
    await this.call(client, 'Cert/ListAvailable', { cert: { pin: PIN.text }, caller: { app: 'secrets' } });
    return { certid, second: (other['cert'] as { certid: string }).certid };
  }

  private async signingByCode(client: RestCaller, certid: string): Promise<void> {
    const hash = { algorithm: 'SHA256', digest: Buffer.alloc(32, 1).toString('base64') };
    for (const pin of [WRONG_PIN.text, MISPLACED.text, OVERLONG.text.repeat(40)])
      await this.call(client, 'Otp/Request', { cert: { certid, pin } });
    await this.call(client, 'Otp/Request', { user: { email: MISPLACED.text, ident: MISPLACED.text } });
    await this.call(client, 'Otp/Request', { certid, count: MISPLACED.text, digests: [MISPLACED.text] });
    const asked = await this.call(client, 'Otp/Request', { cert: { certid, pin: PIN.text }, count: 4 });
    expect(asked.code).toBe('K0000');
    const otp = codeFor(this.keyman.home, 'ana@example.test');
    this.secrets.push({ name: 'OneTimeCode', text: otp });
    for (const code of [WRONG_CODE.text, otp, otp, { inner: otp }, [otp], Number(otp)])
      await this.call(client, 'Sign/Hash', { cert: { certid, otp: code }, hash });
    await this.call(client, 'Sign/Hash', { cert: { certid, pin: PIN.text, otp }, hash });
    await this.call(client, 'Sign/Hash', { cert: { certid, otp: OVERLONG.text.repeat(40) }, hash });
    const pades = { document: samplePdf('code').toString('base64'), profile: 'enhanced' };
    for (const code of [otp, otp])
      await this.call(client, 'Signature/Pades', { cert: { certid, otp: code }, ...pades });
    await this.call(client, 'Cert/Get', { certid, otp });
  }

  private async choosingPins(client: RestCaller, certid: string): Promise<void> {
    const slots = await SlotMaker.open(this.keyman.home);
    const tomorrow = new Date(Date.now() + 24 * 60 * 60 * 1000);
    await slots.deactivate(certid, PFX_PASSWORD_AS_PIN.text, 'ana', ACTIVATION.text, tomorrow);
    await slots.close();
    const newpin = NEW_PIN.text;
    for (const pin of [WRONG_CODE.text, TYPED_ACTIVATION.text, TYPED_ACTIVATION.text])
      await this.call(client, 'Cert/PinSet', { cert: { certid, pin, newpin } });
    await this.call(client, 'Sign/Hash', { cert: { certid, pin: ACTIVATION.text } });
    const checked = await this.call(client, 'Cert/PinCheck', { cert: { certid, pin: newpin } });
    expect(checked.code).toBe('K0000');
  }

  private async changingUsers(client: RestCaller): Promise<void> {
    const pass = NEW_PASSWORD.text;
    const changed = await this.call(client, 'User/Set', { user: { userid: 'ana', pass, validation: CODE.text } });
    expect(changed.code).toBe('K0000');
    for (const user of [
      { userid: 'admin', pass },
      { userid: MISPLACED.text, pass },
      { userid: 'ana', pass: OVERLONG.text.repeat(40) },
      { userid: 'ana', pass: { inner: pass } },
      { userid: 'ana', disabled: MISPLACED.text, email: MISPLACED.text },
    ])
      await this.call(client, 'User/Set', { user });
  }

  /** A key born in the HSM, its request, its certificate, and its end. */
  private async bearing(client: RestCaller): Promise<void> {
    const cert = { name: 'born', newpin: PIN.text, keysize: 'P-256' };
    await this.call(client, 'Cert/RSAGen', { cert: { ...cert, keysize: MISPLACED.text } });
    await this.call(client, 'Cert/RSAGen', { cert: { ...cert, newpin: OVERLONG.text.repeat(40) } });
    const { body } = await this.call(client, 'Cert/RSAGen', { cert });
    const { certid } = body['cert'] as { certid: string };
    for (const pin of [WRONG_PIN.text, PIN.text])
      for (const subject of [MISPLACED.text, `CN=${'x'.repeat(65)}`, 'CN=Ana, C=ES'])
        await this.call(client, 'Cert/GenCSR', { cert: { certid, pin }, subject });
    for (const cer of [MISPLACED.text, Buffer.from(MISPLACED.text).toString('base64')])
      await this.call(client, 'Cert/InstallCER', { cert: { certid, pin: PIN.text }, cer });
    const cer = Buffer.from(pki.identity('ana').certificateDer).toString('base64');
    await this.call(client, 'Cert/InstallCER', { cert: { certid }, cer, chain: [MISPLACED.text] });
    await this.call(client, 'Cert/Set', { cert: { certid, pin: PIN.text, disabled: MISPLACED.text } });
    await this.call(client, 'Cert/Set', { cert: { certid, pin: PIN.text, newpin: WRONG_PIN.text, descr: 'x' } });
    await this.call(client, 'Cert/Del', { cert: { certid: MISPLACED.text, pin: PIN.text } });
    await this.call(client, 'Cert/Del', { cert: { certid, pin: PIN.text } });
  }

  private async signing(client: RestCaller, certid: string): Promise<void> {
    const hash = { algorithm: 'SHA256', digest: Buffer.alloc(32, 1).toString('base64') };
    for (const pin of [WRONG_PIN.text, PIN.text]) {
      await this.call(client, 'Cert/PinCheck', { cert: { certid, pin } });
      await this.call(client, 'Sign/Hash', { cert: { certid, pin }, hash });
    }
    const parameters = {
      tstampserver: {
        url: `https://user:${encodeURIComponent(TSA_URL_PASSWORD.text)}@tsa.example.test/`,
        username: 'user',
        password: TSA_PASSWORD.text,
      },
      pdfparameters: { pwd: PDF_PASSWORD.text },
    };
    const document = samplePdf('secret').toString('base64');
    const pades = {
      cert: { certid, pin: PIN.text },
      document,
      profile: 'enhanced',
      parameters,
      pkiauth: PKI_PASSWORD.text,
    };
    const signed = await this.call(client, 'Signature/Pades', {
      ...pades,
      parameters: { pdfparameters: parameters.pdfparameters },
    });
    expect(signed.code).toBe('K0000');
    await this.call(client, 'Signature/Pades', pades);
    await this.call(client, 'Signature/Pades', { ...pades, extensions: 't' });
    await this.call(client, 'Signature/Pades', { ...pades, extensions: MISPLACED.text });
    await this.call(client, 'Signature/Pades', {
      ...pades,
      document: Buffer.from(PDF_PASSWORD.text).toString('base64'),
    });
    await this.call(client, 'Signature/Pades', { ...pades, cert: { certid, pin: WRONG_PIN.text } });
    const large = { ...pades, document: Buffer.alloc(120_000, PDF_PASSWORD.text).toString('base64') };
    await this.call(client, 'Signature/Pades', large);
  }

  /** Secrets where nobody expects them: other members, other types, names, words and broken JSON. */
  private async misplacing(client: RestCaller, certid: string): Promise<void> {
    const hash = { algorithm: 'SHA256', digest: Buffer.alloc(32, 2).toString('base64') };
    const bodies: unknown[] = [
      { cert: { certid, pin: OVERLONG.text.repeat(40) }, hash },
      { cert: { certid, pin: { inner: PIN.text } }, hash },
      { cert: { certid, pin: [PIN.text] }, hash },
      { cert: { certid, pin: Number(NUMBER.text) }, hash },
      { cert: { certid: MISPLACED.text, pin: PIN.text }, hash },
      { cert: { certid: { pin: PIN.text } }, hash },
      { cert: PIN.text, hash },
      { cert: { certid, pin: PIN.text }, hash: { ...hash, algorithm: MISPLACED.text } },
      { cert: { certid, pin: PIN.text }, hash: { ...hash, digest: MISPLACED.text } },
      { cert: { certid, pin: PIN.text }, hash: { ...hash, scheme: MISPLACED.text } },
      { [MISPLACED.text]: PIN.text, cert: { [MISPLACED.text]: MISPLACED.text } },
      [PIN.text],
      PIN.text,
    ];
    for (const operation of ['Sign/Hash', 'Cert/PinCheck', 'Cert/Get', 'Signature/Pades'])
      for (const body of bodies) await this.call(client, operation, body);
    await this.call(client, `Sign/${encodeURIComponent(MISPLACED.text)}`, {});
    await this.call(client, 'Audit/List', { startdate: MISPLACED.text, enddate: PIN.text });
    const headers = { 'content-type': 'application/json' };
    const quoted = JSON.stringify(MALFORMED.text);
    const broken = [
      `{"pin":${quoted}`,
      `{"pin":${quoted},}`,
      `{"pin":'x',${quoted}}`,
      quoted.slice(0, -1),
      `{"pin":${quoted}}`.repeat(2),
    ];
    for (const body of [...broken, `{"document":"${'A'.repeat(100_000)}","pin":${quoted}`])
      this.answers.push((await client.post('/Keyman/rest/v3/Sign/Hash', body, headers)).message);
    const multipart = { 'content-type': `multipart/form-data; boundary=${WRONG_TOKEN.name}` };
    this.answers.push((await client.post('/Keyman/rest/v3/Signature/Pades', MALFORMED.text, multipart)).message);
  }

  private async wrongHeaders(client: RestCaller): Promise<void> {
    const stranger = this.keyman.anyone;
    // A header holds Latin-1 alone.
    const token = WRONG_TOKEN.text;
    const forms: Record<string, string>[] = [
      { authentication: token },
      { authentication: `Bearer ${String(client.token)}` },
      { authorization: `Basic ${Buffer.from(`ana:${PASSWORD.text}`).toString('base64')}` },
      { authorization: `Token ${String(client.token)}` },
      { authorization: token },
      { cookie: `token=${String(client.token)}` },
      { 'x-trace-id': token, authentication: token.repeat(20) },
    ];
    for (const headers of forms)
      this.answers.push((await stranger.post('/Keyman/rest/v3/User/Get', '{}', headers)).message);
    const query = `?token=${encodeURIComponent(String(client.token))}&pin=${encodeURIComponent(PIN.text)}`;
    this.answers.push((await stranger.post(`/Keyman/rest/v3/User/Get${query}`, '{}', {})).message);
    this.answers.push((await stranger.post(`/Keyman/${encodeURIComponent(MISPLACED.text)}${query}`, '{}', {})).message);
  }
}
