import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Sender } from './hostile/heavy/heavy-request.ts';
import { HEAVY_REQUESTS } from './hostile/heavy/heavy-requests.ts';
import { LoopWatch } from './hostile/heavy/loop-watch.ts';
import { framedBody, timedSend } from './hostile/heavy/timed-send.ts';
import { timedShare } from './hostile/in-one-second.ts';
import { Pace } from './hostile/pace.ts';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { addSigner, PIN } from './people.ts';
import { peakResidentBytes } from './resident-memory.ts';
import { RunningKeyman } from './running-keyman.ts';

const PEAK_BYTES = 2_500_000_000;

/** `bin/bench hostile` tells the figures. */
const REQUESTS = HEAVY_REQUESTS.map((request) => [request.name, request] as const);

describe('a heavy hostile request is answered within a second, and lets nobody wait', () => {
  const pace = new Pace();
  const took: { readonly name: string; readonly tookMs: number; readonly waitedMs: number; readonly share: number }[] =
    [];
  let keyman: RunningKeyman;
  let watch: LoopWatch;
  let sender: Sender;

  beforeAll(async () => {
    keyman = await RunningKeyman.start({ ...CHEAP_HASHING, KEYMAN_RATE_PER_ADDRESS: '0' });
    const { client, certid } = await addSigner(keyman, await keyman.admin(), 'heavy');
    sender = { token: client.token ?? '', certid, pin: PIN };
    watch = new LoopWatch(keyman.url);
  }, 120_000);
  afterAll(async () => {
    watch.close();
    await keyman.remove();
    const slowest = took.sort((one, other) => other.share - one.share).slice(0, 3);
    console.log(
      `slowest: ${slowest.map(({ name, tookMs, waitedMs }) => `${name} ${Math.round(tookMs)} ms (others waited ${Math.round(waitedMs)} ms)`).join('; ')}`,
    );
  }, 60_000);

  it.each(REQUESTS)(
    '%s',
    async (name, request) => {
      const body = framedBody(request, sender);
      const { result, share } = await timedShare(pace, () =>
        watch.during(() => timedSend(keyman.url, request, sender, body)),
      );
      took.push({ name, share, tookMs: result.tookMs, waitedMs: result.waitedMs });
      expect([200, 400, 413, 500]).toContain(result.status);
      // A 500 is SOAP's for every fault (SOAP 1.1 section 6.2); K0001 is what nobody thought of.
      if (result.status === 500) expect(result.text).toMatch(/<code>K00\d\d<\/code>/);
      expect(result.text).not.toMatch(/K0001|node_modules|\bat .*\.js:\d+/);
      expect(share).toBeLessThanOrEqual(1);
    },
    180_000,
  );

  it('leaves the server alive, without an inner error, and in bounds', async () => {
    expect((await fetch(`${keyman.url}/health/ready`)).status).toBe(200);
    expect(keyman.output).not.toMatch(/"level":"(error|fatal)"/);
    expect(peakResidentBytes(keyman.pid)).toBeLessThan(PEAK_BYTES);
  });
});
