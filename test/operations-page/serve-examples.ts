import {
  shapeOf,
  OPERATIONS,
  type MemberShape,
  type OperationDeclaration,
  type RawRequest,
  type Shape,
} from '@cinnabar/keyman-api';
import { samplePdf } from '../../apps/keyman/src/tools/demo/sample-pdf.ts';
import { OpensslCa } from '../e2e/openssl-ca.ts';
import { addUser, importFor, PFX_PASSWORD, pki } from '../e2e/people.ts';
import { RestCaller } from '../e2e/rest-caller.ts';
import type { RunningKeyman } from '../e2e/running-keyman.ts';
import { elements, envelopeOf, SoapCaller, type SoapMembers, type SoapValue } from '../e2e/soap-caller.ts';
import { jsonText, xmlText } from './example-text.ts';
import type { ServedExample } from './operations-page.ts';

/** The user of the examples and his password. */
const USERID = 'testuser';
const PASS = 'clave-del-ejemplo';

/** The certificate that the examples work on, and its PIN as it is by now. */
interface Held {
  readonly certid: string;
  readonly pin: string;
}

type Protocol = (declaration: OperationDeclaration, request: RawRequest, token: string) => Promise<[string, string]>;

/**
 * Sends every declared example to two servers, one for each protocol, so that both answer from the same state.
 * Where an example names what only a running server has, that is put in its place: a certificate's id, a PFX file, a document.
 */
export async function serveExamples(rest: RunningKeyman, soap: RunningKeyman): Promise<Map<string, ServedExample>> {
  const [overRest, overSoap] = await Promise.all([
    serveAll(rest, (declaration, request, token) => callRest(rest, declaration, request, token)),
    serveAll(soap, (declaration, request, token) => callSoap(soap, declaration, request, token)),
  ]);
  return new Map(
    OPERATIONS.map(({ name }) => {
      const [restRequest = '', restAnswer = ''] = overRest.get(name) ?? [];
      const [soapRequest = '', soapAnswer = ''] = overSoap.get(name) ?? [];
      return [name, { restRequest, restAnswer, soapRequest, soapAnswer }];
    }),
  );
}

async function serveAll(keyman: RunningKeyman, call: Protocol): Promise<Map<string, [string, string]>> {
  const admin = await keyman.admin();
  await addUser(admin, USERID, {
    name: 'Nombre',
    lastname: 'Apellidos',
    ident: '87654321X',
    pass: PASS,
  });
  const served = new Map<string, [string, string]>();
  let held: Held | undefined;
  for (const declaration of OPERATIONS) {
    const user = await keyman.logIn(USERID, PASS, 'testapi');
    held = await stillHeld(user, held);
    const request = await living(declaration, user, held);
    const isAdmins = declaration.access === 'admin' || declaration.category === 'User';
    const token = declaration.access === 'anyone' ? '' : String((isAdmins ? admin : user).token);
    served.set(declaration.name, await call(declaration, request, token));
    if (declaration.name === 'Cert/PinSet') held = { ...held, pin: newPinOf(request) };
  }
  return served;
}

/** The certificate, imported (again) where there is none. */
async function stillHeld(user: RestCaller, held: Held | undefined): Promise<Held> {
  if (held !== undefined && (await user.call('Cert/Get', { cert: { certid: held.certid } })).code === 'K0000')
    return held;
  const pin = 'PinAcceso';
  return { certid: await importFor(user, 'ana', { name: 'testcert', descr: 'descr cert', newpin: pin }), pin };
}

function newPinOf(request: RawRequest): string {
  return (request['cert'] as { newpin: string }).newpin;
}

/** The declared example with what is true of this server. */
async function living(declaration: OperationDeclaration, user: RestCaller, held: Held): Promise<RawRequest> {
  const request = structuredClone(declaration.example?.request ?? {}) as Record<string, unknown>;
  const cert = request['cert'] as Record<string, unknown> | undefined;
  if (typeof cert?.['certid'] === 'string') cert['certid'] = held.certid;
  if (typeof cert?.['pin'] === 'string') cert['pin'] = held.pin;
  if ('pfxdata' in request) {
    request['pfxdata'] = Buffer.from(pki.pfx('clara', PFX_PASSWORD)).toString('base64');
    request['pfxpass'] = PFX_PASSWORD;
  }
  if ('document' in request) {
    request['document'] = samplePdf('A letter').toString('base64');
    delete (request['parameters'] as { pdfparameters?: { pwd?: string } }).pdfparameters?.pwd;
  }
  if (declaration.name === 'Audit/List') Object.assign(request, await aRecordOf(user, held));
  // An owner sets codes up with his PIN once; the example is what follows.
  if (declaration.name === 'Otp/Request') await user.ok('Otp/Request', { cert: held });
  if (declaration.name === 'Cert/InstallCER') Object.assign(request, await aCertificateFor(user));
  return request;
}

/** A key that waits for its certificate, and one that a CA of somebody else made for it. */
async function aCertificateFor(user: RestCaller): Promise<RawRequest> {
  const pin = 'PinAcceso';
  const born = await user.ok('Cert/RSAGen', { cert: { name: 'testcert', newpin: pin, keysize: '2048' } });
  const { certid } = born['cert'] as Held;
  const { csr } = await user.ok('Cert/GenCSR', { cert: { certid, pin }, subject: 'CN=test1, O=Test S.L., C=ES' });
  const ca = new OpensslCa();
  try {
    const cer = ca.issue(Buffer.from(String(csr), 'base64')).toString('base64');
    return { cert: { certid }, cer, chain: ca.chainDer.map((each) => each.toString('base64')) };
  } finally {
    ca.remove();
  }
}

/** A range that has exactly what was signed in it, a record a page. */
async function aRecordOf(user: RestCaller, cert: Held): Promise<RawRequest> {
  await user.ok('Sign/Hash', {
    cert,
    hash: { algorithm: 'SHA256', digest: Buffer.alloc(32).toString('base64') },
  });
  const now = new Date();
  const day = (offset: number) => new Date(now.getTime() + offset * 86_400_000).toISOString();
  return { startdate: day(-1), enddate: day(1), page: { id: 1, itemspage: 1 } };
}

async function callRest(
  keyman: RunningKeyman,
  { name }: OperationDeclaration,
  request: RawRequest,
  token: string,
): Promise<[string, string]> {
  const { body } = await new RestCaller(keyman.url, token === '' ? undefined : token).call(name, request);
  return [jsonText(request), jsonText(body)];
}

async function callSoap(
  keyman: RunningKeyman,
  declaration: OperationDeclaration,
  request: RawRequest,
  token: string,
): Promise<[string, string]> {
  const { method, request: members } = shapeOf(declaration);
  const soapMembers = asSoap(members, token === '' ? request : { ...request, token });
  const message = envelopeOf(method, elements(soapMembers));
  const { xml } = await new SoapCaller(keyman.url).send(message);
  return [xmlText(message), xmlText(xml)];
}

/** JSON's members as SOAP's, in the order of WCF's data contracts. */
function asSoap(members: readonly MemberShape[], request: RawRequest): SoapMembers {
  return Object.fromEntries(
    Object.entries(request)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, value]) => [name, soapValue(members.find((member) => member.name === name)?.shape, value)]),
  );
}

function soapValue(shape: Shape | undefined, value: unknown): SoapValue {
  if (shape?.kind === 'object') return asSoap(shape.members, value as RawRequest);
  if (shape?.kind === 'array') {
    const { item } = shape;
    const element = item.kind === 'object' ? item.type : item.kind === 'scalar' ? item.scalar : 'item';
    return (value as readonly unknown[]).map((each) => [element, soapValue(item, each)] as const);
  }
  if (shape?.kind === 'pairs')
    return (value as readonly [string, string][]).map(([Key, Value]) => ['KeyPair', { Key, Value }] as const);
  return value as SoapValue;
}
