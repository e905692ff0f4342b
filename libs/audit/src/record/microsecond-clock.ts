import type { Clock } from '@cinnabar/core';

/** A step of the wall clock larger than this is followed; smaller differences are the wall clock's own graininess. */
const TOLERATED_MS = 2;

/**
 * The wall clock to the microsecond: the manual's audit dates have six decimals, the wall clock three. Between two
 * glances at the wall clock the monotonic one tells the rest.
 */
export class MicrosecondClock {
  readonly #clock: Clock;
  #wallMs: number;
  #monotonicMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wallMs = clock.now().getTime();
    this.#monotonicMs = performance.now();
  }

  /** ISO 8601 in UTC with six decimals, `2018-04-30T07:57:29.896350Z`. */
  now(): string {
    const wallMs = this.#clock.now().getTime();
    const monotonicMs = performance.now();
    // Good to a quarter of a microsecond: a double has 53 bits, milliseconds since 1970 take 41 of them.
    const estimateMs = this.#wallMs + (monotonicMs - this.#monotonicMs);
    if (Math.abs(estimateMs - wallMs) <= TOLERATED_MS) return iso(estimateMs);
    this.#wallMs = wallMs;
    this.#monotonicMs = monotonicMs;
    return iso(wallMs);
  }
}

function iso(timeMs: number): string {
  const wholeMs = Math.floor(timeMs);
  const microseconds = Math.floor((timeMs - wholeMs) * 1000);
  return `${new Date(wholeMs).toISOString().slice(0, -1)}${String(microseconds).padStart(3, '0')}Z`;
}
