import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run, runOrThrow } from '../../../apps/keyman/src/tools/demo/programs.ts';
import { ROOT } from '../places.ts';

const CLIENTS = join(ROOT, 'docs', 'clients');
const SERVICE = '/Keyman/KeymanServiceV3.svc';
/** Debian's own, whatever other Python stands first on the path: zeep is a package of Debian. */
const PYTHON = '/usr/bin/python3';
/** Generators tell in many ways that they do not like what they read. */
const COMPLAINT = /warn|error|fail|not supported/i;

export interface ClientProgram {
  readonly name: string;
  /** The command, its arguments after it. */
  readonly command: readonly string[];
  /** Does it sign a hash and a document, for judges to look at? */
  readonly signs: boolean;
}

/** What a generator made of the WSDL: a program, or a complaint. */
export interface Generated {
  readonly program: ClientProgram | undefined;
  /** What the generator or the compiler said against it. */
  readonly complaint: string | undefined;
}

/** Programs that read the WSDL as they run, or need none. */
export const SCRIPTS: readonly ClientProgram[] = [
  script('python3-zeep', PYTHON, join(CLIENTS, 'python', 'soap.py')),
  script('php-soap', 'php', '-d', 'display_errors=stderr', join(CLIENTS, 'php', 'soap.php')),
  { ...script('zeep, every operation', PYTHON, join(import.meta.dirname, 'every-operation.py')), signs: false },
  script('curl', 'bash', join(CLIENTS, 'curl', 'sign.sh')),
  script('python3-requests', PYTHON, join(CLIENTS, 'python', 'rest.py')),
  script('php-curl', 'php', '-d', 'display_errors=stderr', join(CLIENTS, 'php', 'rest.php')),
  script('TypeScript client', process.execPath, join(CLIENTS, 'typescript', 'client.ts')),
  script('TypeScript fetch', process.execPath, join(CLIENTS, 'typescript', 'fetch.ts')),
];

function script(name: string, ...command: readonly string[]): ClientProgram {
  return { name, command, signs: true };
}

/** The proxies that are compiled: mono's of WCF, and gSOAP's. */
export async function generateFrom(url: string, folder: string): Promise<ReadonlyMap<string, Generated>> {
  const [wcf, gsoap] = await Promise.all([
    generated('mono-wcf', () => makeWcfClient(url, join(folder, 'wcf'))),
    generated('gsoap', () => makeGsoapClient(url, join(folder, 'gsoap'))),
  ]);
  return new Map([
    ['mono-wcf', wcf],
    ['gsoap', gsoap],
  ]);
}

async function generated(
  name: string,
  make: () => Promise<Omit<ClientProgram, 'name' | 'signs'> & { said: string }>,
): Promise<Generated> {
  try {
    const { command, said } = await make();
    const complaint = said
      .split('\n')
      .filter((line) => COMPLAINT.test(line))
      .join(' ')
      .trim();
    return { program: { name, command, signs: true }, complaint: complaint === '' ? undefined : complaint };
  } catch (error) {
    return { program: undefined, complaint: String(error) };
  }
}

async function makeWcfClient(url: string, folder: string) {
  await mkdir(folder, { recursive: true });
  const source = join(CLIENTS, 'dotnet');
  const said = await say('svcutil', ['-nologo', '-out:Keyman.cs', `${url}${SERVICE}?singleWsdl`], folder);
  const references = ['-r:System.ServiceModel', '-r:System.Runtime.Serialization'];
  const compiled = await say(
    'mcs',
    ['-out:client.exe', ...references, 'Keyman.cs', join(source, 'Program.cs')],
    folder,
  );
  await cp(join(source, 'app.config'), join(folder, 'client.exe.config'));
  return { command: ['mono', join(folder, 'client.exe')], said: `${said}\n${compiled}` };
}

async function makeGsoapClient(url: string, folder: string) {
  await mkdir(folder, { recursive: true });
  const wsdl = await say('wsdl2h', ['-o', 'keyman.h', `${url}${SERVICE}?wsdl`], folder);
  const proxy = await say('soapcpp2', ['-j', '-C', '-L', '-x', '-I/usr/share/gsoap/import', 'keyman.h'], folder);
  const sources = [
    join(CLIENTS, 'gsoap', 'main.cpp'),
    'soapC.cpp',
    'soapBasicHttpBinding_USCOREIKeymanServiceV3Proxy.cpp',
  ];
  const libraries = ['-lgsoapssl++', '-lssl', '-lcrypto'];
  const compiled = await say('g++', ['-O0', '-DWITH_OPENSSL', '-I.', '-o', 'client', ...sources, ...libraries], folder);
  // soapcpp2 ends with "Compilation successful".
  return { command: [join(folder, 'client')], said: `${wsdl}\n${proxy}\n${compiled}` };
}

async function say(program: string, args: readonly string[], folder: string): Promise<string> {
  const { exitCode, stdout, stderr } = await run(program, args, { folder });
  const said = `${stdout.toString('utf8')}\n${stderr}`;
  if (exitCode !== 0) throw new Error(`${program} ended with ${exitCode}: ${said.trim().slice(-600)}`);
  return said;
}

/** Makes mono believe a certificate authority, in a folder of its own instead of the user's. */
export async function trustInMono(authorityPath: string, folder: string): Promise<Readonly<Record<string, string>>> {
  const environment = { XDG_CONFIG_HOME: folder };
  await mkdir(folder, { recursive: true });
  await runOrThrow('cert-sync', ['--user', '--quiet', authorityPath], { environment });
  return environment;
}
