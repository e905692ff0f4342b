import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './places.ts';

const START_LIMIT_MS = 90_000;
/** keyman gives requests under way 30 s. */
const STOP_LIMIT_MS = 35_000;
const POLL_MS = 50;
const PROGRAM = join(ROOT, 'dist', 'apps', 'keyman', 'src', 'up.js');
/** Settings of a server that the caller runs must not leak into this one. */
const SETTINGS = /^(CINNABAR|KEYMAN|DATABASE|PKCS11|SOFTHSM2?|NODE)_/;
/** What `up` prints when it is ready. */
const READY = /^\s*REST\s+(https?:\/\/[^/\s]+)\//m;

/** A keyman of its own: own home, own port, own first administrator; gone afterwards. */
export class KeymanServer {
  readonly url: string;
  readonly adminPassword: string;
  readonly #process: ChildProcess;
  readonly #home: string;

  private constructor(url: string, adminPassword: string, process: ChildProcess, home: string) {
    this.url = url;
    this.adminPassword = adminPassword;
    this.#process = process;
    this.#home = home;
  }

  /**
   * @param settings beyond those that every run needs
   * @throws with the end of what the server wrote, if it is not ready within 90 s
   */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<KeymanServer> {
    const home = await mkdtemp(join(tmpdir(), 'cinnabar-conformance-'));
    // Started by root, the database runs as another user, who has to get through this folder to its own.
    await chmod(home, 0o711);
    const adminPassword = randomBytes(18).toString('base64url');
    const inherited = Object.entries(process.env).filter(([name]) => !SETTINGS.test(name));
    const child = spawn(process.execPath, [PROGRAM], {
      env: {
        ...Object.fromEntries(inherited),
        CINNABAR_HOME: home,
        KEYMAN_PORT: '0',
        KEYMAN_ADMIN_PASSWORD: adminPassword,
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keepEnd = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-8_000);
    };
    child.stdout.on('data', keepEnd);
    child.stderr.on('data', keepEnd);

    const deadline = performance.now() + START_LIMIT_MS;
    while (child.exitCode === null && performance.now() < deadline) {
      const url = READY.exec(output)?.[1];
      if (url !== undefined) return new KeymanServer(url, adminPassword, child, home);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    await stop(child, home);
    throw new Error(`keyman was not ready within ${START_LIMIT_MS} ms. It wrote:\n${output}`);
  }

  stop(): Promise<void> {
    return stop(this.#process, this.#home);
  }
}

async function stop(child: ChildProcess, home: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await ended;
    clearTimeout(timer);
  }
  await rm(home, { recursive: true, force: true });
}
