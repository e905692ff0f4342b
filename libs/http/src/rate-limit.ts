import { isIPv6 } from 'node:net';
import { BurstyRateLimiter, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

export interface RateLimitOptions {
  readonly perSecond: number;
  /** What may come beyond that in ten seconds, for peaks. */
  readonly burst: number;
}

const BURST_SECONDS = 10;

/** So many requests a second for each key, and some more for a peak; counted in this process alone. */
export class RateLimit {
  readonly #limiter: BurstyRateLimiter;

  constructor({ perSecond, burst }: RateLimitOptions) {
    this.#limiter = new BurstyRateLimiter(
      new RateLimiterMemory({ points: perSecond, duration: 1 }),
      new RateLimiterMemory({ points: burst, duration: BURST_SECONDS, keyPrefix: 'burst' }),
    );
  }

  /** @returns undefined: go on; otherwise after how many milliseconds another try makes sense */
  async take(key: string): Promise<number | undefined> {
    try {
      await this.#limiter.consume(key);
      return undefined;
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return refused.msBeforeNext;
      throw refused;
    }
  }
}

/** Whoever has one IPv6 address mostly has the whole /64 (RFC 6177): they count as one. */
export function addressKey(ip: string): string {
  // Most are IPv4, and to be told so by a regular expression costs more than all the rest.
  if (!ip.includes(':')) return ip;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined || !isIPv6(ip)) return mapped ?? ip;
  const [head = '', tail] = ip.toLowerCase().split('%')[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  // What `::` leaves out is zeros; only as many as reach into the first four groups matter.
  const known = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - known.length) }, () => '0');
  const all = tail === undefined ? groups : [...groups, ...zeros, ...known];
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
