import { describe, expect, it } from '@jest/globals';
import { addressKey, RateLimit } from './rate-limit.ts';

describe('a rate limit', () => {
  it('lets through so many, and a peak beyond, and then says when to come again', async () => {
    const limit = new RateLimit({ perSecond: 5, burst: 3 });
    const answers = await Promise.all(Array.from({ length: 12 }, () => limit.take('192.0.2.1')));
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(8);
    const refused = answers.filter((answer) => answer !== undefined);
    expect(refused).toHaveLength(4);
    for (const waitMs of refused) expect(waitMs).toBeGreaterThan(0);
    expect(await limit.take('192.0.2.2')).toBeUndefined();
  });

  it('knows no peak where none is allowed', async () => {
    const limit = new RateLimit({ perSecond: 2, burst: 0 });
    const answers = await Promise.all(Array.from({ length: 5 }, () => limit.take('a')));
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(2);
  });

  it('counts the addresses of one IPv6 network as one', () => {
    expect(addressKey('192.0.2.7')).toBe('192.0.2.7');
    expect(addressKey('::ffff:192.0.2.7')).toBe('192.0.2.7');
    expect(addressKey('2001:db8::1')).toBe(addressKey('2001:0DB8:0:0:ffff::2'));
    expect(addressKey('2001:db8:1::1')).not.toBe(addressKey('2001:db8:2::1'));
    expect(addressKey('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
    expect(addressKey('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
    expect(addressKey('::1')).toBe('0:0:0:0::/64');
  });
});
