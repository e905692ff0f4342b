import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './places.ts';

const START_LIMIT_MS = 90_000;
const STOP_LIMIT_MS = 20_000;
const POLL_MS = 100;
const PROGRAM = join(ROOT, 'dist', 'apps', 'keyman', 'src', 'up.js');

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

  /** @throws with the end of what the server wrote, if it is not ready within 90 s */
  static async start(): Promise<KeymanServer> {
    const home = await mkdtemp(join(tmpdir(), 'cinnabar-conformance-'));
    // Started by root, the database runs as another user, who has to get through this folder to its own.
    await chmod(home, 0o711);
    const port = await freePort();
    const adminPassword = randomBytes(18).toString('base64url');
    const child = spawn(process.execPath, [PROGRAM], {
      env: {
        ...process.env,
        CINNABAR_HOME: home,
        KEYMAN_PORT: String(port),
        KEYMAN_ADMIN_PASSWORD: adminPassword,
        NODE_OPTIONS: '',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keepEnd = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-4_000);
    };
    child.stdout.on('data', keepEnd);
    child.stderr.on('data', keepEnd);
    const server = new KeymanServer(`http://127.0.0.1:${port}`, adminPassword, child, home);
    try {
      await server.#untilReady();
      return server;
    } catch (error) {
      await server.stop();
      throw new Error(`keyman did not start. It wrote:\n${output}`, { cause: error });
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGTERM');
      const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_LIMIT_MS);
      await ended;
      clearTimeout(timer);
    }
    await rm(this.#home, { recursive: true, force: true });
  }

  async #untilReady(): Promise<void> {
    const deadline = performance.now() + START_LIMIT_MS;
    while (performance.now() < deadline) {
      if (this.#process.exitCode !== null) throw new Error(`it ended with ${this.#process.exitCode}`);
      const ready = await fetch(`${this.url}/health/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (ready) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    throw new Error(`not ready after ${START_LIMIT_MS} ms`);
  }
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
