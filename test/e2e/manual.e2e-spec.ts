import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { OPERATIONS } from '@cinnabar/keyman-api';
import { samplePdf } from '../../apps/keyman/src/tools/demo/sample-pdf.ts';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { addUser, importFor, PASSWORD, PFX_PASSWORD, PIN, pki } from './people.ts';
import type { RestCaller } from './rest-caller.ts';
import { RunningKeyman } from './running-keyman.ts';

const FOLDER = join(import.meta.dirname, '..', 'vectors', 'manual');
const DAY_MS = 24 * 60 * 60 * 1000;

/** See test/vectors/manual/README.md. */
interface Example {
  readonly section: string;
  readonly operation: string;
  readonly sender: 'admin' | 'miuser' | 'testuser' | 'anyone';
  readonly request: Json;
  readonly given?: Readonly<Record<string, keyof Given>>;
  readonly response: Json;
  readonly answeredNull?: readonly string[];
  readonly deviation?: string;
}
type Json = Readonly<Record<string, unknown>>;

const examples = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .map((name) => [name, JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Example] as const)
  // The user whom the others speak of is added first.
  .sort(([, one], [, other]) => Number(other.operation === 'User/Add') - Number(one.operation === 'User/Add'));

/** What cannot be sent as printed. */
interface Given {
  readonly certid: string;
  readonly pin: string;
  readonly password: string;
  readonly pfx: string;
  readonly pfxPassword: string;
  readonly digestSha512: string;
  readonly pdf: string;
  readonly jpg: string;
  readonly dayBefore: string;
  readonly dayAfter: string;
}

/** The user whom the manual's first example adds, and whose password it prints. */
const ADDED = { userid: 'miuser', pass: '123456' };

describe('the manual’s example', () => {
  let keyman: RunningKeyman;
  let admin: RestCaller;

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    admin = await keyman.admin();
    await addUser(admin, 'testuser');
  }, 60_000);
  afterAll(() => keyman.remove(), 30_000);
  // Each example has a certificate of its own: one deletes it, another gives it a new PIN.
  afterEach(async () => {
    const { certlist } = await admin.ok('Cert/ListAvailable', { cert: { orgaid: 'Main' } });
    for (const { certid } of certlist as { certid: string }[]) await admin.ok('Cert/Del', { cert: { certid } });
  });

  const clientOf = async (sender: Example['sender']): Promise<RestCaller> => {
    if (sender === 'anyone') return keyman.anyone;
    if (sender === 'admin') return admin;
    const pass = sender === ADDED.userid ? ADDED.pass : PASSWORD;
    // Twice, so that there is a log-in before the last one, as the samples show.
    await keyman.logIn(sender, pass);
    return keyman.logIn(sender, pass);
  };
  const givenFor = async ({ sender, operation, given = {} }: Example): Promise<Given> => {
    const isNeeded = Object.values(given).includes('certid') || operation === 'Cert/ListAvailable';
    return givenWith(
      isNeeded ? await importFor(await clientOf(sender), 'ana', { name: 'testcert', descr: 'descr cert' }) : '',
    );
  };

  it.each(examples)('%s is answered with every member that it prints', async (_name, example) => {
    const { operation, sender, request, given = {}, response, answeredNull = [] } = example;
    const sent = structuredClone(request);
    const values = await givenFor(example);
    for (const [path, name] of Object.entries(given)) setAt(sent, path, values[name]);
    if (operation === 'Auth/Login') await clientOf('miuser');
    const client = await clientOf(sender);
    const { status, body } = await client.call(operation, sent);
    const { error = null, ...members } = response;
    expect({ status, error: body['error'] }).toEqual({ status: 200, error });
    const found = compare(members, body, '');
    expect(found.filter(({ path, why }) => why !== 'null' || !answeredNull.includes(path))).toEqual([]);
  });

  it('is there for each operation of the manual that is served', () => {
    const manual = [
      'Auth/Login',
      'User/Add',
      'User/Get',
      'User/Set',
      'User/Del',
      'User/List',
      'Cert/Get',
      'Cert/Set',
      'Cert/Del',
      'Cert/ListAvailable',
      'Cert/PinCheck',
      'Cert/PinSet',
      'Cert/ImportPFX',
      'Audit/List',
      'Sign/Hash',
      'Signature/Pades',
      'Signature/Xades',
      'Signature/Cades',
      'PKI/Petition',
    ];
    const sent = new Set(examples.map(([, { operation }]) => operation));
    const served = new Set(OPERATIONS.map(({ name }) => name));
    expect(manual.filter((name) => served.has(name) && !sent.has(name))).toEqual([]);
  });
});

function givenWith(certid: string): Given {
  return {
    certid,
    pin: PIN,
    password: ADDED.pass,
    pfx: Buffer.from(pki.pfx('ana', PFX_PASSWORD)).toString('base64'),
    pfxPassword: PFX_PASSWORD,
    digestSha512: createHash('sha512').update('a letter').digest('base64'),
    pdf: samplePdf('A letter').toString('base64'),
    jpg: '/9j/4RjhRXhpZgAATU0=',
    dayBefore: new Date(Date.now() - DAY_MS).toISOString(),
    dayAfter: new Date(Date.now() + DAY_MS).toISOString(),
  };
}

function setAt(record: Json, path: string, value: unknown): void {
  const names = path.split('.');
  const last = names.pop() ?? '';
  let inner = record as Record<string, unknown>;
  for (const name of names) inner = inner[name] as Record<string, unknown>;
  inner[last] = value;
}

interface Difference {
  readonly path: string;
  readonly why: 'missing' | 'null' | 'empty' | 'another type';
}

/** What the manual prints and the answer does not have, or has as something else. */
function compare(printed: unknown, answered: unknown, path: string): Difference[] {
  if (printed === null) return answered === undefined ? [{ path, why: 'missing' }] : [];
  if (answered === undefined) return [{ path, why: 'missing' }];
  if (answered === null) return [{ path, why: 'null' }];
  if (kindOf(printed) !== kindOf(answered)) return [{ path, why: 'another type' }];
  if (Array.isArray(printed) && Array.isArray(answered)) {
    const [first] = printed as unknown[];
    if (first === undefined) return [];
    if (answered.length === 0) return [{ path, why: 'empty' }];
    return (answered as unknown[]).flatMap((each) => compare(first, each, `${path}[]`));
  }
  if (typeof printed !== 'object' || typeof answered !== 'object') return [];
  return Object.entries(printed).flatMap(([name, value]) =>
    compare(value, (answered as Json)[name], path === '' ? name : `${path}.${name}`),
  );
}

/** A date is a type of its own: it has the manual's form, with or without fraction and zone. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value !== 'string') return typeof value;
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(value)) return 'date';
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+Z$/.test(value)) return 'instant';
  return 'text';
}
