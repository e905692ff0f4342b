import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { LoopWatch } from './heavy/loop-watch.ts';
import { timedSend } from './heavy/timed-send.ts';
import { ANSWER_LIMIT_MS, timedShare, WAIT_LIMIT_MS } from './in-one-second.ts';
import { Pace } from './pace.ts';

const REQUEST = {
  name: 'a',
  path: '/',
  contentType: 'text/plain',
  token: 'nowhere',
  body: () => Buffer.from('a'),
} as const;
const NOBODY = { token: '', certid: '', pin: '' };

describe('the one second', () => {
  /** What must be caught is caught on the reference machine: a slower one is given more time. */
  const reference = { slowness: () => 1 };
  let server: Server | undefined;
  afterEach(() => new Promise((resolve) => server?.close(resolve)));

  /** Asks a server whose handler does this before it answers, and that lets others wait for so long. */
  async function shareWith(
    before: () => unknown,
    othersWait = 0,
    pace: Pick<Pace, 'slowness'> = reference,
  ): Promise<number> {
    const running = createServer((request, response) => {
      request.resume();
      request.once('end', () => {
        const done = () => response.setHeader('content-length', '2').end('{}');
        if (request.url === '/health/live') setTimeout(done, othersWait);
        else void Promise.resolve(before()).then(done);
      });
    });
    server = running;
    await new Promise<void>((resolve) => running.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(running.address() as AddressInfo).port}`;
    const watch = new LoopWatch(url);
    const { share } = await timedShare(pace, () =>
      watch.during(() => timedSend(url, REQUEST, NOBODY, Buffer.from('a'))),
    );
    watch.close();
    running.closeAllConnections();
    return share;
  }

  it('lets a handler through that answers at once', async () => {
    expect(await shareWith(() => undefined, 0, new Pace())).toBeLessThan(1);
  }, 60_000);

  it('catches a handler that takes longer, at each of its tries', async () => {
    let asked = 0;
    const share = await shareWith(() => {
      asked += 1;
      return new Promise((resolve) => setTimeout(resolve, 1.2 * ANSWER_LIMIT_MS));
    });
    expect(share).toBeGreaterThan(1);
    expect(asked).toBe(3);
  }, 120_000);

  it('catches a handler that lets others wait', async () => {
    const share = await shareWith(() => undefined, 2 * WAIT_LIMIT_MS);
    expect(share).toBeGreaterThan(1);
  }, 60_000);
});
