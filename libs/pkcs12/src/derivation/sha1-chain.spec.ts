import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { chainSha1 } from './sha1-chain.ts';

const sha1 = (bytes: Uint8Array): Buffer => createHash('sha1').update(bytes).digest();

describe('a chain of SHA-1', () => {
  it('gives what OpenSSL gives', () => {
    const edges = [Buffer.alloc(20), Buffer.alloc(20, 0xff), Buffer.alloc(20, 0x80), Buffer.alloc(20, 0x7f)];
    for (const start of [...edges, ...Array.from({ length: 500 }, () => randomBytes(20))]) {
      expect(chainSha1(start, 1)).toEqual(sha1(start));
    }
    let expected: Buffer = Buffer.alloc(20, 1);
    for (let time = 0; time < 1000; time++) expected = sha1(expected);
    expect(chainSha1(Buffer.alloc(20, 1), 1000)).toEqual(expected);
  });

  it('leaves its input as it is, also where it stands inside a larger buffer', () => {
    const larger = randomBytes(40);
    const start = larger.subarray(7, 27);
    const before = Buffer.from(larger);
    expect(chainSha1(start, 2)).toEqual(sha1(sha1(start)));
    expect(chainSha1(start, 0)).toEqual(Buffer.from(start));
    expect(larger).toEqual(before);
  });
});
