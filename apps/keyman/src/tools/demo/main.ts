/** `bin/demo`: see USAGE. Knows the server by its REST interface only. */
import { join } from 'node:path';
import { demonstrate } from './demo.ts';
import { readDemoOptions, USAGE } from './demo-options.ts';
import { Refusal, ServerNotThere } from './keyman-client.ts';
import { ProgramMissing } from './programs.ts';

const PACKAGES: Readonly<Record<string, string>> = {
  pdfsig: 'poppler-utils',
  certutil: 'libnss3-tools',
  openssl: 'openssl',
};

function advice(error: unknown): string {
  if (error instanceof ServerNotThere) return `${error.message}; start it with bin/up (in another terminal)`;
  if (error instanceof Refusal && error.code === 'K0014') return `${error.message}; give it with --password`;
  if (error instanceof ProgramMissing) {
    return `${error.message}; install it with: sudo apt-get install ${PACKAGES[error.program] ?? error.program}`;
  }
  return error instanceof Error ? error.message : String(error);
}

try {
  const options = readDemoOptions(process.argv.slice(2), process.env['KEYMAN_PORT']);
  const tell = (line: string): void => void process.stdout.write(`${line}\n`);
  if (options.help) tell(USAGE);
  else {
    // From apps/keyman/src/tools/demo, whether as source or below dist/: bin/demo names the repository.
    const repositoryRoot = process.env['CINNABAR_ROOT'] ?? join(import.meta.dirname, '../../../../..');
    await demonstrate(options, { environment: process.env, repositoryRoot, tell });
  }
} catch (error) {
  process.stderr.write(`bin/demo: ${advice(error)}\n`);
  process.exitCode = 1;
}
