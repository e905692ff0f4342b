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
  /** Written once for all records of a second: making it costs more than the rest of a date. */
  #second = Number.NaN;
  #upToSecond = '';

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
    if (Math.abs(estimateMs - wallMs) <= TOLERATED_MS) return this.#iso(estimateMs);
    this.#wallMs = wallMs;
    this.#monotonicMs = monotonicMs;
    return this.#iso(wallMs);
  }

  #iso(timeMs: number): string {
    const second = Math.floor(timeMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#upToSecond = new Date(second * 1000).toISOString().slice(0, -'000Z'.length);
    }
    const microseconds = Math.floor((timeMs - second * 1000) * 1000);
    return `${this.#upToSecond}${String(microseconds).padStart(6, '0')}Z`;
  }
}
