import { RunningKeyman } from '../test/e2e/running-keyman.ts';
import { addSigners } from './bench-server.ts';
import { forRequests, runLoad, type Target } from './load/run-load.ts';
import type { BenchOptions } from './options.ts';
import { residentMib } from './resident-memory.ts';
import { round, SIGN_HASH_PATH, signRequests } from './sign-hash.ts';

/** Looks at the memory so often, at equal distances. */
const GLANCES = 20;
/** What the first signatures cost that no later one does: code that is compiled, pools that are filled. */
const WARM_UP_SIGNATURES = 2_000;

export interface MemoryResult {
  readonly signatures: number;
  readonly perSecond: number;
  readonly residentMibBefore: number;
  readonly residentMibAfter: number;
  readonly residentMibPeak: number;
  /** Of the line through the glances of the second half (least squares): 0 is flat. */
  readonly kibPer1000Signatures: number;
}

/** Makes that many signatures, and tells on the way how much memory the server holds. */
export async function benchMemory(
  { connections, signatures }: BenchOptions,
  tell: (line: string) => void,
): Promise<MemoryResult> {
  const keyman = await RunningKeyman.start();
  try {
    const [signer] = await addSigners(keyman, 1);
    const target: Target = { url: keyman.url, token: signer?.client.token ?? '' };
    const bodyOf = signRequests(signer?.certids[0] ?? '');
    const sign = (count: number) => runLoad(target, SIGN_HASH_PATH, bodyOf, forRequests(count), connections);
    await sign(WARM_UP_SIGNATURES);
    const residentMibBefore = residentMib(keyman.pid);
    tell(`${residentMibBefore} MiB after ${WARM_UP_SIGNATURES} signatures to warm up`);
    const step = Math.ceil(signatures / GLANCES);
    const glances: Glance[] = [];
    const startedAt = performance.now();
    for (let done = 0; done < signatures;) {
      const { count } = await sign(Math.min(step, signatures - done));
      done += count;
      const mib = residentMib(keyman.pid);
      glances.push({ signatures: done, mib });
      const seconds = (performance.now() - startedAt) / 1000;
      tell(`${String(done).padStart(9)} signatures, ${Math.round(done / seconds)}/s: ${mib} MiB`);
    }
    return {
      signatures,
      perSecond: Math.round(signatures / ((performance.now() - startedAt) / 1000)),
      residentMibBefore,
      residentMibAfter: glances.at(-1)?.mib ?? residentMibBefore,
      residentMibPeak: Math.max(residentMibBefore, ...glances.map(({ mib }) => mib)),
      kibPer1000Signatures: round(slope(glances.slice(Math.floor(glances.length / 2))) * 1024 * 1000),
    };
  } finally {
    await keyman.remove();
  }
}

interface Glance {
  readonly signatures: number;
  readonly mib: number;
}

/** MiB per signature. */
function slope(glances: readonly Glance[]): number {
  const mean = (valueOf: (glance: Glance) => number) =>
    glances.reduce((sum, each) => sum + valueOf(each), 0) / glances.length;
  const [meanSignatures, meanMib] = [mean(({ signatures }) => signatures), mean(({ mib }) => mib)];
  const spread = glances.reduce((sum, { signatures }) => sum + (signatures - meanSignatures) ** 2, 0);
  const together = glances.reduce(
    (sum, { signatures, mib }) => sum + (signatures - meanSignatures) * (mib - meanMib),
    0,
  );
  return spread === 0 ? 0 : together / spread;
}
