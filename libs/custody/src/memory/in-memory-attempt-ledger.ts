import type { Clock } from '@cinnabar/core';
import type { AttemptLedger, Reservation } from '../ports.ts';

interface Count {
  inARow: number;
  today: number;
  /** UTC date of `today`, as `YYYY-MM-DD`. */
  day: string;
}

/** Counts tries in memory, with the rules that every ledger has: so many in a row, so many a day. */
export class InMemoryAttemptLedger implements AttemptLedger {
  readonly #clock: Clock;
  readonly #limits: { readonly inARow: number; readonly aDay: number };
  readonly #counts = new Map<string, Count>();
  /** Tries granted so far, for tests that count evaluations. */
  granted = 0;

  constructor(clock: Clock, limits: { readonly inARow: number; readonly aDay: number } = { inARow: 5, aDay: 20 }) {
    this.#clock = clock;
    this.#limits = limits;
  }

  async reserve(slotId: string): Promise<Reservation> {
    const count = this.#count(slotId);
    const left = Math.min(this.#limits.inARow - count.inARow, this.#limits.aDay - count.today);
    if (left <= 0) return { granted: false };
    count.inARow += 1;
    count.today += 1;
    this.granted += 1;
    // As a database would: the answer comes later than the commit.
    await Promise.resolve();
    return { granted: true, triesLeft: left - 1 };
  }

  giveBack(slotId: string): Promise<void> {
    const count = this.#count(slotId);
    count.inARow = 0;
    count.today = Math.max(0, count.today - 1);
    return Promise.resolve();
  }

  cancel(slotId: string): Promise<void> {
    const count = this.#count(slotId);
    count.inARow = Math.max(0, count.inARow - 1);
    count.today = Math.max(0, count.today - 1);
    return Promise.resolve();
  }

  isLocked(slotId: string): boolean {
    const { inARow, today } = this.#count(slotId);
    return inARow >= this.#limits.inARow || today >= this.#limits.aDay;
  }

  /** What an admin's PinUnlock does. */
  unlock(slotId: string): void {
    this.#counts.delete(slotId);
  }

  #count(slotId: string): Count {
    const day = this.#clock.now().toISOString().slice(0, 10);
    let count = this.#counts.get(slotId);
    if (count === undefined) {
      count = { inARow: 0, today: 0, day };
      this.#counts.set(slotId, count);
    }
    if (count.day !== day) Object.assign(count, { today: 0, day });
    return count;
  }
}
