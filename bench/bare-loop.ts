import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { LatencyRecord } from './load/latency-record.ts';

/** The bare loop in its own process, on the token of a running server. */
export class BareLoop {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcessWithoutNullStreams, lines: Interface) {
    this.#child = child;
    this.#lines = lines[Symbol.asyncIterator]();
  }

  static async start(home: string, modulePath: string, sessions: number, rsaBits: number): Promise<BareLoop> {
    const softhsm = join(home, 'softhsm');
    const script = join(import.meta.dirname, 'bare-pkcs11.script.ts');
    const args = [modulePath, 'cinnabar', join(softhsm, 'pin'), String(sessions), String(rsaBits)];
    const child = spawn(process.execPath, [script, ...args], {
      env: { ...process.env, SOFTHSM2_CONF: join(softhsm, 'softhsm2.conf') },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stderr.pipe(process.stderr);
    const loop = new BareLoop(child, createInterface({ input: child.stdout }));
    await loop.#next();
    return loop;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async run(seconds: number, connections: number): Promise<LatencyRecord> {
    this.#child.stdin.write(`${seconds} ${connections}\n`);
    return new LatencyRecord(JSON.parse(await this.#next()) as Record<number, number>);
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.stdin.end();
    await ended;
  }

  async #next(): Promise<string> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('the bare loop ended');
    return line.value;
  }
}
