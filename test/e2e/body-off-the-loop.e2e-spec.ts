import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { RunningKeyman } from './running-keyman.ts';

const MIB = 1024 * 1024;

/** Small members: what takes a parser longest for its length. */
function body(length: number): Buffer {
  const member = '{"a":1},';
  return Buffer.from(`{"user":[${member.repeat(Math.floor(length / member.length))}{}]}`);
}

describe('a body that takes long to parse', () => {
  let keyman: RunningKeyman;
  let token: string;

  beforeAll(async () => {
    keyman = await RunningKeyman.start(CHEAP_HASHING);
    token = String((await keyman.admin()).token);
  }, 90_000);
  afterAll(() => keyman.remove(), 30_000);

  it('keeps nobody else waiting: health answers while 60 MiB are read', async () => {
    const large = body(60 * MIB);
    // Assigned in a callback, which the compiler does not follow.
    let answered = false as boolean;
    const sent = Promise.withResolvers<undefined>();
    const answer = new Promise<string>((resolve, reject) => {
      const call = request(
        `${keyman.url}/Keyman/rest/v3/User/Get`,
        { method: 'POST', headers: { authentication: token, 'content-length': large.length } },
        (response) => {
          answered = true;
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('end', () => resolve(text));
        },
      );
      call.on('error', reject);
      call.end(large, () => sent.resolve(undefined));
    });
    await sent.promise;
    let meanwhile = 0;
    // Ours is the client's word: what was still under way in the network counts too, and is little beside the parsing.
    while (!answered) {
      expect((await fetch(`${keyman.url}/health/live`)).status).toBe(200);
      meanwhile += 1;
    }
    expect(JSON.parse(await answer)).toMatchObject({ error: { code: 'K0005' } });
    // Parsed on the event loop it would have been none, or the one that came before.
    expect(meanwhile).toBeGreaterThan(10);
  }, 60_000);
});
