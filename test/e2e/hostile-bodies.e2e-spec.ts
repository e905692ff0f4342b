import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OPERATIONS, type OperationDeclaration } from '@cinnabar/keyman-api';
import fc from 'fast-check';
import { samplePdf } from '../../apps/keyman/src/tools/demo/sample-pdf.ts';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { mutatedJson, mutatedXml, mutationOf, type Members } from './hostile/mutation.ts';
import { exchange } from './hostile/raw-connection.ts';
import { FORMS, GARBAGE, HTTP, XML } from './hostile/traps.ts';
import { Witness } from './hostile/witness.ts';
import { KeymanDatabase } from './keyman-database.ts';
import { addUser, importFor, PASSWORD, PFX_PASSWORD, PIN, pki } from './people.ts';
import { sendRaw } from './raw-http.ts';
import { peakResidentBytes } from './resident-memory.ts';
import type { RestCaller } from './rest-caller.ts';
import { ADMIN_PASSWORD, RunningKeyman } from './running-keyman.ts';
import { envelopeOf, PATH as SOAP_PATH } from './soap-caller.ts';

/** Repeat a run with HOSTILE_SEED; look longer with HOSTILE_RUNS. */
const SEED = Number(process.env['HOSTILE_SEED'] ?? 20_260_101);
const RUNS = Number(process.env['HOSTILE_RUNS'] ?? 40);
/** Making a key takes the HSM its time, whatever is asked beside it. */
const SLOW = new Set(['Cert/RSAGen']);
const SLOW_RUNS = 8;
const PEAK_BYTES = 2_000_000_000;

const NO_LIMITS = {
  KEYMAN_RATE_PER_ADDRESS: '0',
  KEYMAN_LOGIN_SLOW_AFTER_FAILURES: '1000',
  KEYMAN_LOGIN_LOCK_AFTER_FAILURES: '1000',
  KEYMAN_PIN_TRIES: '100',
  KEYMAN_PIN_TRIES_PER_DAY: '10000',
};

/** One operation, a valid request to it, and who sends it. */
interface Target {
  readonly declaration: OperationDeclaration;
  readonly request: Members;
  readonly userid: string;
}

describe('hostile requests', () => {
  let keyman: RunningKeyman;
  let database: KeymanDatabase;
  let witness: Witness;
  let admin: RestCaller;
  const targets = new Map<string, Target>();

  beforeAll(async () => {
    console.log(`hostile requests: HOSTILE_SEED=${SEED} HOSTILE_RUNS=${RUNS}`);
    keyman = await RunningKeyman.start({ ...CHEAP_HASHING, ...NO_LIMITS });
    admin = await keyman.admin();
    database = await KeymanDatabase.open(keyman.home);
    witness = new Witness(database);
    for (const [index, declaration] of OPERATIONS.entries()) {
      // Each operation has a victim of its own: what is done to one is not done to the others.
      const userid = `victim-${index}`;
      await addUser(admin, userid);
      const certid = await importFor(await keyman.logIn(userid, PASSWORD), 'ana');
      targets.set(declaration.name, { declaration, userid, request: validRequest(declaration, userid, certid) });
    }
  }, 180_000);
  afterAll(async () => {
    await database.close();
    await keyman.remove();
  }, 30_000);

  const targetOf = (name: string): Target => {
    const target = targets.get(name);
    if (target === undefined) throw new Error(`${name} has no target`);
    return target;
  };
  /** The victim's own, or the admin's where only he may. */
  const tokenFor = async ({ declaration, userid }: Target): Promise<string> => {
    const [login, pass] = declaration.access === 'admin' ? ['admin', ADMIN_PASSWORD] : [userid, PASSWORD];
    return (await keyman.logIn(login, pass)).token ?? '';
  };
  /** One session for all, or, since a log-out ends it, one for each. */
  const sessionFor = async (target: Target): Promise<() => Promise<string>> => {
    const token = await tokenFor(target);
    await witness.begin();
    if (target.declaration.name !== 'Auth/Logout') return () => Promise.resolve(token);
    return async () => {
      const next = await tokenFor(target);
      await witness.begin();
      return next;
    };
  };
  const sendJson = (name: string, body: string | Uint8Array, token?: string, contentType = 'application/json') =>
    sendRaw(keyman.url, {
      path: `/Keyman/rest/v3/${name}`,
      headers: {
        'content-type': contentType,
        'content-length': String(Buffer.byteLength(body)),
        ...(token === undefined ? {} : { authentication: token }),
      },
      chunks: [Buffer.from(body as string)],
    });
  const sendXml = (body: string | Uint8Array) =>
    sendRaw(keyman.url, {
      path: SOAP_PATH,
      headers: { 'content-type': 'text/xml; charset=utf-8', 'content-length': String(Buffer.byteLength(body)) },
      chunks: [Buffer.from(body as string)],
    });
  const runsOf = (name: string, share: number) => (SLOW.has(name) ? SLOW_RUNS : Math.ceil(RUNS * share));

  describe.each(OPERATIONS.map(({ name }) => name))('%s', (name) => {
    it('survives valid requests with one place changed, with a session and without', async () => {
      const target = targetOf(name);
      const session = await sessionFor(target);
      const property = fc.asyncProperty(mutationOf(target.request), fc.nat(3), async (mutation, chance) => {
        const token = chance === 0 ? undefined : await session();
        await witness.rest(name, SLOW.has(name), () => sendJson(name, mutatedJson(target.request, mutation), token));
      });
      await fc.assert(property, { seed: SEED, numRuns: runsOf(name, 1), endOnFailure: true });
    }, 300_000);

    it('survives the same over SOAP', async () => {
      const target = targetOf(name);
      const session = await sessionFor(target);
      const method = name.replace('/', '');
      const property = fc.asyncProperty(mutationOf(target.request), async (mutation) => {
        const token = await session();
        const message = envelopeOf(method, `${mutatedXml(target.request, mutation)}<k:token>${token}</k:token>`);
        await witness.soap(name, SLOW.has(name), () => sendXml(message));
      });
      await fc.assert(property, { seed: SEED, numRuns: runsOf(name, 0.4), endOnFailure: true });
    }, 300_000);

    it('survives garbage', async () => {
      const target = targetOf(name);
      const session = await sessionFor(target);
      for (const [, body] of GARBAGE) {
        const token = await session();
        await witness.rest(name, SLOW.has(name), () => sendJson(name, body(), token));
      }
      const property = fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json()), async (body) => {
        const token = await session();
        await witness.rest(name, SLOW.has(name), () => sendJson(name, body, token));
      });
      await fc.assert(property, { seed: SEED, numRuns: Math.ceil(RUNS / 5), endOnFailure: true });
    }, 300_000);
  });

  it.each(XML)(
    'survive as XML: %s',
    async (_name, body) => {
      await witness.begin();
      for (const method of ['AuthLogin', 'SignaturePades', 'NoSuchMethod']) {
        const bytes = body();
        const message = typeof bytes === 'string' ? bytes.replaceAll('METHOD', method) : bytes;
        await witness.soap(`SOAP ${method}`, false, () => sendXml(message));
      }
    },
    60_000,
  );

  it.each(FORMS)(
    'survive as a form: %s',
    async (_name, contentType, body) => {
      const token = await tokenFor(targetOf('Signature/Pades'));
      await witness.begin();
      for (const operation of ['Signature/Pades', 'Cert/Get'])
        await witness.rest(operation, false, () => sendJson(operation, body, token, contentType));
      expect(readdirSync(join(keyman.home, 'tmp'))).toEqual([]);
      expect(existsSync('/tmp/cinnabar-was-here')).toBe(false);
    },
    60_000,
  );

  it.each(HTTP)(
    'survive as HTTP: %s',
    async (_name, bytes) => {
      for (const path of ['/Keyman/rest/v3/Auth/Login', '/Keyman/rest/v3/Cert/Get', SOAP_PATH]) {
        const said = await exchange(keyman.url, bytes.replaceAll('PATH', path));
        const status = /^HTTP\/1\.1 (\d{3})/.exec(said)?.[1] ?? 'closed';
        expect(status).toMatch(path === SOAP_PATH ? /^(100|200|4\d\d|500|closed)$/ : /^(100|200|4\d\d|closed)$/);
        expect(said).not.toMatch(/K0001|node_modules|\bat .*\.js:\d+/);
      }
    },
    60_000,
  );

  it('leave the server alive, without an inner error, and in bounds', async () => {
    const ready = await fetch(`${keyman.url}/health/ready`);
    expect(ready.status).toBe(200);
    expect(keyman.output).not.toMatch(/"level":"(error|fatal)"/);
    const certid = await importFor(await keyman.logIn('victim-0', PASSWORD), 'clara');
    expect(certid).toMatch(/^[0-9A-F]{12}$/);
    expect(peakResidentBytes(keyman.pid)).toBeLessThan(PEAK_BYTES);
    const slowest = [...witness.slowest].sort(([, one], [, other]) => other - one).slice(0, 8);
    console.log(
      `slowest: ${slowest.map(([name, ms]) => `${name} ${Math.round(ms)} ms`).join(', ')}; peak ${Math.round(peakResidentBytes(keyman.pid) / 1e6)} MB\n` +
        [...witness.codes]
          .sort()
          .map(([what, count]) => `${what}: ${count}`)
          .join('; '),
    );
  }, 60_000);
});

/** The declaration's own example, with what this server really has. */
function validRequest(declaration: OperationDeclaration, userid: string, certid: string): Members {
  const real: Record<string, unknown> = {
    certid,
    userid,
    login: userid,
    pass: PASSWORD,
    pin: PIN,
    newpin: PIN,
    email: `${userid}@example.test`,
    document: samplePdf('A letter').toString('base64'),
    pfxdata: Buffer.from(pki.pfx('clara', PFX_PASSWORD)).toString('base64'),
    pfxpass: PFX_PASSWORD,
    digest: createHash('sha256').update('a letter').digest('base64'),
    algorithm: 'SHA256',
    keysize: '2048',
  };
  const fill = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, real[name] ?? fill(each)]));
  };
  const filled = fill(declaration.example?.request ?? {}) as Members;
  return declaration.name === 'User/Add'
    ? { user: { ...(filled['user'] as Members), userid: `${userid}-added` } }
    : filled;
}
