import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RestCaller } from './rest-caller.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PROGRAM = join(ROOT, 'dist', 'apps', 'keyman', 'src', 'up.js');
/** As bin/up and the image start it. */
const NODE_FLAGS = readFileSync(join(ROOT, 'bin', 'lib', 'node-flags'), 'utf8')
  .trim()
  .split('\n');
const START_LIMIT_MS = 60_000;
/** For one that did not start in time. */
const END_LIMIT_MS = 10_000;
const POLL_MS = 25;
const READY = /^\s*REST\s+(https?:\/\/[^/\s]+)\//m;
/** Settings of whoever runs the tests must not reach the servers that they start. */
const SETTINGS = /^(CINNABAR|KEYMAN|DATABASE|PKCS11|SOFTHSM2?|NODE)_/;

export const ADMIN_PASSWORD = 'admin-of-the-tests-only';

export type Environment = Readonly<Record<string, string>>;

/** The built program as a user starts it: a process of its own, on real SoftHSM and a real PostgreSQL, in a home of its own. */
export class RunningKeyman {
  readonly home: string;
  private readonly environment: Environment;
  private child: ChildProcess | undefined;
  private written = '';
  private address = '';

  private constructor(home: string, environment: Environment) {
    this.home = home;
    this.environment = environment;
  }

  /** An empty folder for a server's state. */
  static emptyHome(): string {
    const home = mkdtempSync(join(tmpdir(), 'cinnabar-e2e-'));
    // Started by root, the database runs as another user, who has to get through this folder to its own.
    chmodSync(home, 0o711);
    return home;
  }

  /** Starts a server in an empty home, or in that one. */
  static async start(environment: Environment = {}, home?: string): Promise<RunningKeyman> {
    if (!existsSync(PROGRAM)) throw new Error('the program is not built: run bin/test, or npm run build');
    const keyman = new RunningKeyman(home ?? RunningKeyman.emptyHome(), environment);
    try {
      await keyman.up();
    } catch (error) {
      if (home === undefined) rmSync(keyman.home, { recursive: true, force: true });
      throw error;
    }
    return keyman;
  }

  get url(): string {
    return this.address;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** All that the server wrote so far, over all its starts. */
  get output(): string {
    return this.written;
  }

  /** Starts it (again) on the same home. */
  async up(): Promise<void> {
    const inherited = Object.entries(process.env).filter(([name]) => !SETTINGS.test(name));
    const own = {
      CINNABAR_HOME: this.home,
      KEYMAN_PORT: '0',
      KEYMAN_ADMIN_PASSWORD: ADMIN_PASSWORD,
      // As bin/up starts it.
      MALLOC_ARENA_MAX: '2',
      ...this.environment,
    };
    const child = spawn(process.execPath, [...NODE_FLAGS, PROGRAM], {
      env: { ...Object.fromEntries(inherited), ...own },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    let since = '';
    const keep = (chunk: Buffer) => {
      since += chunk.toString('utf8');
      this.written += chunk.toString('utf8');
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const deadline = performance.now() + START_LIMIT_MS;
    while (child.exitCode === null && child.signalCode === null && performance.now() < deadline) {
      const url = READY.exec(since)?.[1];
      if (url !== undefined) {
        this.address = url;
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    // Nobody else knows of it.
    await this.endWithin(END_LIMIT_MS);
    throw new Error(`keyman did not start:\n${since}`);
  }

  /** Ends it cleanly, or at all. */
  private async endWithin(limitMs: number): Promise<void> {
    const late = setTimeout(() => this.child?.kill('SIGKILL'), limitMs);
    await this.end('SIGTERM');
    clearTimeout(late);
  }

  /** Sends a signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    return child.exitCode;
  }

  /** Ends it cleanly and removes its home. After a kill it is started once more, so that its database ends too. */
  async remove(): Promise<void> {
    if (this.child?.signalCode === 'SIGKILL') await this.up();
    await this.end('SIGTERM');
    rmSync(this.home, { recursive: true, force: true });
  }

  /** A client without a session. */
  get anyone(): RestCaller {
    return new RestCaller(this.address);
  }

  async logIn(login: string, pass: string, module = 'e2e'): Promise<RestCaller> {
    const { token } = await this.anyone.ok('Auth/Login', { module, authmethod: 'pass', login, pass });
    return new RestCaller(this.address, String(token));
  }

  admin(): Promise<RestCaller> {
    return this.logIn('admin', ADMIN_PASSWORD);
  }
}
