import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { programOf, type ProgramName } from './beside-keyman.ts';
import type { Environment } from './running-keyman.ts';

/** Control characters that a person types. */
export const CTRL_C = '\x03';
export const CTRL_D = '\x04';

const CONTROL_SEQUENCE = /\x1b\[[0-9;?]*[A-Za-z]/g;
/** For a busy machine to start a program and hash a password. */
const ASKED_LIMIT_MS = 60_000;

/** A program of the product with a person at its terminal: a pseudo-terminal, made by util-linux's `script`. */
export class TerminalSession {
  private readonly child: ChildProcessWithoutNullStreams;
  private readonly closed: Promise<unknown>;
  private written = '';
  /** What was on the screen when something was last typed. */
  private answered = 0;

  constructor(program: ProgramName, environment: Environment, args: readonly string[]) {
    const { command, environment: own } = programOf(program, environment);
    const line = [...command, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    // The terminal echoes what is typed unless the program turns that off.
    this.child = spawn('script', ['--quiet', '--return', '--echo', 'always', '--command', line, '/dev/null'], {
      env: own,
    });
    this.closed = once(this.child, 'close');
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.on('data', (chunk: Buffer) => (this.written += chunk.toString('utf8')));
  }

  /** All that the person sees, what he types among it; without control sequences (ECMA-48). */
  get screen(): string {
    return this.written.replace(CONTROL_SEQUENCE, '');
  }

  /** Types at once when that is asked, as fast as no person does. */
  async answer(asked: RegExp, typed: string): Promise<void> {
    const deadline = performance.now() + ASKED_LIMIT_MS;
    while (!asked.test(this.screen.slice(this.answered))) {
      if (this.child.exitCode !== null || performance.now() > deadline) {
        this.child.kill();
        throw new Error(`it did not ask ${String(asked)}:\n${this.screen}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    this.answered = this.screen.length;
    this.child.stdin.write(typed);
  }

  /** Its exit code. */
  async end(): Promise<number | null> {
    await this.closed;
    return this.child.exitCode;
  }
}
