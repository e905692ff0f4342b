import type { Clock, Random } from '@cinnabar/core';
import type { CodeLedger } from './codes/one-time-code.ts';
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

/** Keeps keys that moved to the newest KEK. */
export interface KeyMover {
  /**
   * Replaces `previous` by `moved` in one atomic step, and does nothing when certid, keyVersion and kekVersion of the
   * stored key are no longer those of `previous` (another node moved it, or it was sealed anew). Slots stay as they are.
   */
  store(move: { readonly previous: ProtectedKey; readonly moved: ProtectedKey }): Promise<void>;
  /** A key could not be moved or stored; for the log. It stays usable, and the next cold unlock tries again. */
  failed(previous: ProtectedKey, reason: unknown): void;
}

export interface CustodyPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly slotStore: SlotStore;
  readonly attemptLedger: AttemptLedger;
  /** Absent: keys stay under the KEK that they have. */
  readonly keyMover?: KeyMover;
  /** Absent: there are no one-time codes. */
  readonly codeLedger?: CodeLedger;
}
