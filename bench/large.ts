import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeLargePdf } from '../test/e2e/large-pdf.ts';
import { peakResidentBytes } from '../test/e2e/resident-memory.ts';
import { RunningKeyman } from '../test/e2e/running-keyman.ts';
import { addSigners, BENCH_PIN } from './bench-server.ts';
import type { BenchOptions } from './options.ts';

const TIMES = 3;
const run = promisify(execFile);

export interface LargeResult {
  readonly documentBytes: number;
  /** From the first byte sent to the last one received, each time. */
  readonly seconds: readonly number[];
  /** The most that the server had in memory since it was started: before the first document, and after the last one. */
  readonly peakBytesBefore: number;
  readonly peakBytes: number;
}

/** One large document after the other through a fresh server; what comes back is compared and judged. */
export async function benchLarge({ sizeBytes }: BenchOptions, tell: (line: string) => void): Promise<LargeResult> {
  const folder = mkdtempSync(join(tmpdir(), 'cinnabar-large-'));
  const keyman = await RunningKeyman.start();
  try {
    const [original, signed] = [join(folder, 'large.pdf'), join(folder, 'signed.pdf')];
    const documentBytes = writeLargePdf(original, sizeBytes);
    const [signer] = await addSigners(keyman, 1);
    const request = { cert: { certid: signer?.certids[0], pin: BENCH_PIN }, profile: 'enhanced' };
    const peakBytesBefore = peakResidentBytes(keyman.pid);
    const seconds: number[] = [];
    for (let times = 0; times < TIMES; times++) {
      const headers = ['-H', `authentication: ${signer?.client.token ?? ''}`, '-H', 'accept: application/octet-stream'];
      const parts = ['-F', `request=${JSON.stringify(request)};type=application/json`, '-F', `document=@${original}`];
      const written = ['-sS', '--fail', '-o', signed, '-w', '%{time_total}'];
      const { stdout } = await run('curl', [
        ...written,
        ...headers,
        ...parts,
        `${keyman.url}/Keyman/rest/v3/Signature/Pades`,
      ]);
      seconds.push(Number(stdout));
      tell(`${times + 1} of ${TIMES}: ${stdout} s`);
    }
    execFileSync('cmp', ['-n', String(documentBytes), original, signed]);
    const verdict = execFileSync('pdfsig', ['-nocert', signed], { encoding: 'utf8' });
    if (!verdict.includes('Signature is Valid') || !verdict.includes('Total document signed'))
      throw new Error(`the signature does not hold:\n${verdict}`);
    return { documentBytes, seconds, peakBytesBefore, peakBytes: peakResidentBytes(keyman.pid) };
  } finally {
    await keyman.remove();
    rmSync(folder, { recursive: true });
  }
}
