import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { startRefusal } from '@cinnabar/persistence';

const run = promisify(execFile);

/** What a core dump would contain of this process (core(5)): nothing of its memory. Children inherit it. */
const FILTER = '/proc/self/coredump_filter';

/**
 * Turns core dumps off: one would write PINs, passwords and unlocked keys to a disk. Two ways, since neither does alone:
 * a limit of 0 bytes is not asked where the system pipes dumps to a program, and the filter leaves the registers in.
 *
 * @throws CodedError with a sentence where neither could be had
 */
export async function turnOffCoreDumps(): Promise<void> {
  const limit = ['--pid', String(process.pid), '--core=0:0'];
  // An environment of its own: ours may hold passwords.
  const ways = [run('prlimit', limit, { env: { PATH: '/usr/bin:/bin' } }), writeFile(FILTER, '0')];
  const reasons = (await Promise.allSettled(ways)).flatMap((way) =>
    way.status === 'rejected' ? [way.reason as unknown] : [],
  );
  if (reasons.length < ways.length) return;
  throw startRefusal(
    `Core dumps, which would hold PINs, cannot be turned off: prlimit (package util-linux) is needed, or a writable ${FILTER}.`,
    new AggregateError(reasons),
  );
}
