import { spawn } from 'node:child_process';

/** What a program of the system answered. */
export interface ProgramResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface ProgramOptions {
  /** Written to the program's standard input, which is closed after it. */
  readonly input?: Uint8Array | string;
  readonly folder?: string;
  readonly timeoutMs?: number;
  /** Added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The program is not installed. */
export class ProgramMissing extends Error {
  readonly program: string;

  constructor(program: string) {
    super(`${program} is not installed`);
    this.name = 'ProgramMissing';
    this.program = program;
  }
}

/**
 * Runs a program to its end, whatever its exit code: for judges, whose "no" is an answer.
 * A program that outlives `timeoutMs` (default 120,000) is killed and answers with exit code 124, as timeout(1) does.
 * @throws {ProgramMissing}
 */
export function run(program: string, args: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.folder,
      env: { ...process.env, LC_ALL: 'C.UTF-8', ...options.environment },
      stdio: 'pipe',
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, options.timeoutMs ?? 120_000);
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(error.code === 'ENOENT' ? new ProgramMissing(program) : error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({
        exitCode: timedOut ? 124 : (code ?? 128),
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString('utf8'),
      });
    });
    // A program may end without reading all of its input; its exit code tells more than the broken pipe.
    child.stdin.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') reject(error);
    });
    child.stdin.end(options.input ?? '');
  });
}

/**
 * Runs a program that has to succeed, and answers its standard output.
 * @throws {ProgramMissing} or an Error with the end of what it wrote to standard error
 */
export async function runOrThrow(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Buffer> {
  const { exitCode, stdout, stderr } = await run(program, args, options);
  if (exitCode !== 0) throw new Error(`${program} ended with ${exitCode}: ${stderr.trim().slice(-500)}`);
  return stdout;
}
