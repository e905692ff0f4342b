import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ADMIN_PASSWORD, type Environment } from './running-keyman.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SETTINGS = /^(CINNABAR|KEYMAN|DATABASE|PKCS11|SOFTHSM2?|NODE)_/;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The server, and the programs beside it, as `dist/` holds them. */
export type ProgramName = 'up' | 'keys-tool' | 'doctor' | 'backup-tool' | 'audit-verify';

/** How a program of the product is run on that home or with those settings, whatever the tests themselves were run with. */
export function programOf(
  program: ProgramName,
  environment: Environment,
): { readonly command: readonly [string, ...string[]]; readonly environment: Environment } {
  const inherited = Object.entries(process.env).filter(([name]) => !SETTINGS.test(name));
  const script = program === 'up' ? 'up.js' : join(program, 'main.js');
  const path = join(ROOT, 'dist', 'apps', 'keyman', 'src', script);
  return {
    command: [process.execPath, '--enable-source-maps', path],
    environment: { ...(Object.fromEntries(inherited) as Environment), ...environment },
  };
}

/** Runs a program of the product to its end. Nobody sits at its terminal. */
export async function runBeside(
  program: ProgramName,
  environment: Environment,
  args: readonly string[] = [],
): Promise<Ended> {
  const run = programOf(program, environment);
  const [executable, ...before] = run.command;
  const child = spawn(executable, [...before, ...args], { env: run.environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

/** Files of consents for `bin/keys destroy`, readable by their owner only. */
export class ConsentFiles {
  private readonly folder = mkdtempSync(join(tmpdir(), 'cinnabar-consent-'));
  private count = 0;

  write(user: string, confirm: string, password = user === 'admin' ? ADMIN_PASSWORD : '', mode = 0o600): string {
    const path = join(this.folder, String(++this.count));
    writeFileSync(path, `user: ${user}\npassword: ${password}\nconfirm: ${confirm}\n`);
    chmodSync(path, mode);
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
