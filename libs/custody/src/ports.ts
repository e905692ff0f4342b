import type { Clock, Random } from '@cinnabar/core';
import type { KeySlot, ProtectedKey } from './protected-key.ts';

/** Where protected keys and slots are kept. Asked only when a key is not yet unlocked. */
export interface SlotStore {
  /** The slot and the key that it opens; `undefined` when there is no such slot. */
  load(slotId: string): Promise<{ readonly key: ProtectedKey; readonly slot: KeySlot } | undefined>;
}

/** Answer to {@link AttemptLedger.reserve}: `triesLeft` is what remains should this try turn out wrong. */
export type Reservation = { readonly granted: true; readonly triesLeft: number } | { readonly granted: false };

/**
 * Counts tries per slot, for all nodes together. A try is spent before the PIN is looked at, so that guesses sent at
 * once cannot outrun the count.
 */
export interface AttemptLedger {
  /** Spends one try in one atomic step and commits it, or refuses because none is left (in a row, or today). */
  reserve(slotId: string): Promise<Reservation>;
  /** The reserved try was right: ends the run of failures, and takes this try off the day's count. */
  giveBack(slotId: string): Promise<void>;
  /** The reserved try was never evaluated (HSM lost on the way): takes back this one try and nothing else. */
  cancel(slotId: string): Promise<void>;
}

export interface CustodyPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly slotStore: SlotStore;
  readonly attemptLedger: AttemptLedger;
}
