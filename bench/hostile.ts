import { writeFileSync } from 'node:fs';
import { HEAVY_REQUESTS } from '../test/e2e/hostile/heavy/heavy-requests.ts';
import { LoopWatch } from '../test/e2e/hostile/heavy/loop-watch.ts';
import { framedBody, timedSend } from '../test/e2e/hostile/heavy/timed-send.ts';
import { addSigner, PIN } from '../test/e2e/people.ts';
import { peakResidentBytes } from '../test/e2e/resident-memory.ts';
import { RunningKeyman } from '../test/e2e/running-keyman.ts';

export interface HostileResult {
  readonly name: string;
  /** From the request's last byte to the end of its answer. */
  readonly tookMs: number;
  /** The longest that a health check waited meanwhile. */
  readonly waitedMs: number;
  readonly peakMb: number;
  readonly status: number;
}

/** Sends each heavy hostile request once: how long it takes, how long it lets others wait, how much memory it takes. */
export async function benchHostile(tell: (line: string) => void): Promise<readonly HostileResult[]> {
  const keyman = await RunningKeyman.start({ KEYMAN_RATE_PER_ADDRESS: '0' });
  try {
    const { client, certid } = await addSigner(keyman, await keyman.admin(), 'hostile');
    const sender = { token: client.token ?? '', certid, pin: PIN };
    const watch = new LoopWatch(keyman.url);
    const results: HostileResult[] = [];
    for (const request of HEAVY_REQUESTS) {
      const body = framedBody(request, sender);
      // Linux forgets the peak so far.
      writeFileSync(`/proc/${keyman.pid}/clear_refs`, '5');
      const { status, tookMs, waitedMs } = await watch.during(() => timedSend(keyman.url, request, sender, body));
      const peakMb = peakResidentBytes(keyman.pid) / 1e6;
      results.push({ name: request.name, status, ...rounded({ tookMs, waitedMs, peakMb }) });
      tell(
        `${request.name.padEnd(64)}${[tookMs, waitedMs, peakMb].map((each) => String(Math.round(each)).padStart(7)).join('')}`,
      );
    }
    watch.close();
    return results;
  } finally {
    await keyman.remove();
  }
}

function rounded<Figures extends Readonly<Record<string, number>>>(figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Math.round(value)])) as Figures;
}
