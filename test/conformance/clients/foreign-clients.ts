import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { addThrowAwayUser, importIdentity } from '../../../apps/keyman/src/tools/demo/enrolment.ts';
import { KeymanClient } from '../../../apps/keyman/src/tools/demo/keyman-client.ts';
import { run } from '../../../apps/keyman/src/tools/demo/programs.ts';
import { samplePdf } from '../../../apps/keyman/src/tools/demo/sample-pdf.ts';
import {
  makeThrowAwayIdentity,
  type ThrowAwayIdentity,
} from '../../../apps/keyman/src/tools/demo/throw-away-identity.ts';
import { KeymanServer } from '../keyman-server.ts';
import { generateFrom, SCRIPTS, trustInMono, type ClientProgram } from './client-programs.ts';
import { judgeSignatures } from './signature-judges.ts';
import { makeTlsIdentity, type TlsIdentity } from './tls-identity.ts';

const DOCUMENT_BYTES = 2 * 1024 * 1024;
const SIGNER = 'Conformance Client';
/** These would turn clients away from the authority that they are given. */
const OTHER_AUTHORITIES = { REQUESTS_CA_BUNDLE: '', CURL_CA_BUNDLE: '', SSL_CERT_FILE: '', SSL_CERT_DIR: '' };

/** One thing that one client did over one protocol. */
export interface ClientStep {
  /** `python3-zeep over https`. */
  readonly client: string;
  readonly step: string;
  /** Undefined: it went well. */
  readonly failure: string | undefined;
}

interface Place {
  readonly folder: string;
  readonly identity: ThrowAwayIdentity;
  readonly tls: TlsIdentity;
  readonly environment: Readonly<Record<string, string>>;
}

/** Has clients that are not ours, and the samples of docs/clients, use keyman over http and https. */
export async function runForeignClients(parent: string): Promise<readonly ClientStep[]> {
  const folder = join(parent, 'clients');
  await mkdir(folder, { recursive: true });
  const [identity, tls] = [await makeThrowAwayIdentity(folder, SIGNER), await makeTlsIdentity(folder)];
  setDefaultCACertificates([...getCACertificates(), await readFile(tls.authorityPath, 'utf8')]);
  const environment = {
    ...OTHER_AUTHORITIES,
    ...(await trustInMono(tls.authorityPath, join(folder, 'mono'))),
    NODE_EXTRA_CA_CERTS: tls.authorityPath,
  };
  const place = { folder, identity, tls, environment };
  const overTls = { KEYMAN_TLS_CERT: tls.certificatePath, KEYMAN_TLS_KEY: tls.keyPath };
  const servers = await Promise.all([KeymanServer.start(), KeymanServer.start(overTls)]);
  try {
    const [plain] = servers;
    const steps: ClientStep[] = [];
    const programs = [...SCRIPTS];
    for (const [name, { program, complaint }] of await generateFrom(plain.url, folder)) {
      steps.push({ client: name, step: 'generated from the WSDL, without a complaint', failure: complaint });
      if (program !== undefined) programs.push(program);
    }
    for (const program of programs) {
      const runs = await Promise.all(servers.map((server) => runClient(program, server, place)));
      steps.push(...runs.flat());
    }
    return steps;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function runClient(program: ClientProgram, server: KeymanServer, place: Place): Promise<readonly ClientStep[]> {
  const protocol = new URL(server.url).protocol.replace(':', '');
  const client = `${program.name} over ${protocol}`;
  const folder = join(place.folder, client.replaceAll(/\W+/g, '-'));
  await mkdir(folder);
  await writeFile(join(folder, 'letter.txt'), 'I agree.\n');
  await writeFile(join(folder, 'document.pdf'), samplePdf('x'.repeat(DOCUMENT_BYTES)));
  const environment = { ...place.environment, ...(await accountOn(server, place)) };
  const { exitCode, stdout, stderr } = await run(program.command[0] ?? '', program.command.slice(1), {
    folder,
    environment,
  });
  const steps = readSteps(client, stdout.toString('utf8'));
  // A program that broke off tells no step of it; one that warns tells it here.
  if (stderr.trim() !== '' || (exitCode !== 0 && steps.every(({ failure }) => failure === undefined)))
    steps.push({
      client,
      step: 'ends well, without a warning',
      failure: `exit code ${exitCode}: ${stderr.trim().slice(-600)}`,
    });
  if (steps.length === 0) steps.push({ client, step: 'says what it did', failure: 'it said nothing' });
  if (!program.signs) return steps;
  const judged = await judgeSignatures(folder, place.folder, place.identity);
  return [...steps, ...judged.map(({ step, failure }) => ({ client, step, failure }))];
}

/** A user and a certificate for one run alone: it spends PIN tries. */
async function accountOn(server: KeymanServer, { identity, tls }: Place): Promise<Readonly<Record<string, string>>> {
  // The certificate names both; mono's client looks for a name.
  const url = server.url.replace('127.0.0.1', 'localhost');
  const admin = await new KeymanClient(server.url).login('admin', server.adminPassword);
  const { userid, pass } = await addThrowAwayUser(admin);
  const key = await importIdentity(await new KeymanClient(server.url).login(userid, pass), identity);
  return {
    KEYMAN_URL: url,
    KEYMAN_CA: url.startsWith('https:') ? tls.authorityPath : '',
    KEYMAN_LOGIN: userid,
    KEYMAN_PASS: pass,
    KEYMAN_CERTID: key.certid,
    KEYMAN_PIN: key.pin,
  };
}

/** Each client prints `ok <step>` or `FAIL <step>: why`, a line each. */
export function readSteps(client: string, output: string): ClientStep[] {
  return [...output.matchAll(/^(ok|FAIL) ([^:\n]+)(?:: (.*))?$/gm)].map(([, word, step = '', why = '']) => ({
    client,
    step,
    failure: word === 'ok' ? undefined : why === '' ? 'it does not say why' : why,
  }));
}
