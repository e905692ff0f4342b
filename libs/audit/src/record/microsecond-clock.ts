import type { Clock } from '@cinnabar/core';

/** A step of the wall clock larger than this is followed; smaller differences are the wall clock's own graininess. */
const TOLERATED_US = 2_000n;

/**
 * The wall clock to the microsecond: the manual's audit dates have six decimals, the wall clock three. Between two
 * glances at the wall clock the monotonic one tells the rest.
 */
export class MicrosecondClock {
  readonly #clock: Clock;
  #wallUs: bigint;
  #monotonicNs: bigint;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wallUs = this.#wall();
    this.#monotonicNs = process.hrtime.bigint();
  }

  /** ISO 8601 in UTC with six decimals, `2018-04-30T07:57:29.896350Z`. */
  now(): string {
    const wallUs = this.#wall();
    const monotonicNs = process.hrtime.bigint();
    const estimateUs = this.#wallUs + (monotonicNs - this.#monotonicNs) / 1_000n;
    const differenceUs = estimateUs > wallUs ? estimateUs - wallUs : wallUs - estimateUs;
    if (differenceUs <= TOLERATED_US) return iso(estimateUs);
    this.#wallUs = wallUs;
    this.#monotonicNs = monotonicNs;
    return iso(wallUs);
  }

  #wall(): bigint {
    return BigInt(this.#clock.now().getTime()) * 1_000n;
  }
}

function iso(microseconds: bigint): string {
  const milliseconds = new Date(Number(microseconds / 1_000n)).toISOString();
  return `${milliseconds.slice(0, -1)}${String(microseconds % 1_000n).padStart(3, '0')}Z`;
}
