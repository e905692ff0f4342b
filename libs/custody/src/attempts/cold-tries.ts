import { CodedError, zero } from '@cinnabar/core';
import type { Argon2Threads } from '../argon2/argon2-threads.ts';
import type { CustodyPorts } from '../ports.ts';
import type { KeySlot, ProtectedKey, SlotTicket } from '../protected-key.ts';
import type { SecretSlot, SlotSealer } from '../sealing/slot-sealer.ts';
import { checkSlotDates } from '../vault/unlocked-key.ts';
import { pinLocked, wrongPin } from './pin-errors.ts';

export interface OpenedSlot {
  readonly slot: KeySlot;
  readonly key: ProtectedKey;
  /** Zeroed when the work with it ends. */
  readonly dataKey: Uint8Array;
}

/** Evaluates secrets against slots as they are stored. A try is spent before the secret is looked at. */
export class ColdTries {
  readonly #ports: CustodyPorts;
  readonly #argon2: Argon2Threads;
  readonly #sealer: SlotSealer;
  readonly #onLocked: (slotId: string) => void;

  constructor(ports: CustodyPorts, argon2: Argon2Threads, sealer: SlotSealer, onLocked: (slotId: string) => void) {
    this.#ports = ports;
    this.#argon2 = argon2;
    this.#sealer = sealer;
    this.#onLocked = onLocked;
  }

  /** Spends a try or refuses. Resolves to the tries that are left should this one be wrong. @throws CodedError `pin-locked` */
  async reserve(slotId: string): Promise<number> {
    const reservation = await this.#ports.attemptLedger.reserve(slotId);
    if (reservation.granted) return reservation.triesLeft;
    this.#onLocked(slotId);
    throw pinLocked();
  }

  /** The spent try was wrong; the last one also takes the key out of the vault. */
  refuse(slotId: string, triesLeft: number): never {
    if (triesLeft <= 0) this.#onLocked(slotId);
    throw wrongPin(triesLeft);
  }

  /** A wrong secret that was evaluated once for several callers is a try of each: sent at once or in turn, forty are forty. */
  async countShared(slotId: string, error: unknown): Promise<never> {
    if (!CodedError.is(error, 'wrong-pin')) throw error;
    return this.refuse(slotId, await this.reserve(slotId));
  }

  async giveBack(slotId: string): Promise<void> {
    await this.#ports.attemptLedger.giveBack(slotId);
  }

  /** Runs `use` with the opened slot. Must be called in the slot's turn. */
  async open<T>(ticket: SlotTicket, secret: Uint8Array, use: (opened: OpenedSlot) => Promise<T>): Promise<T> {
    const { key, slot } = await this.#load(ticket);
    // A place before a try: a full queue must not cost the owner one.
    const place = this.#argon2.enter();
    let dataKey: Uint8Array | undefined;
    try {
      const triesLeft = await this.reserve(slot.slotId);
      try {
        dataKey = await this.#sealer.open(place, slot, secret);
      } catch (error) {
        await this.#ports.attemptLedger.cancel(slot.slotId);
        throw error;
      }
      if (dataKey === undefined) this.refuse(slot.slotId, triesLeft);
      await this.giveBack(slot.slotId);
      return await use({ key, slot, dataKey });
    } finally {
      zero(dataKey);
      place.leave();
    }
  }

  async #load(ticket: SlotTicket): Promise<{ key: ProtectedKey; slot: SecretSlot }> {
    const stored = await this.#ports.slotStore.load(ticket.slotId);
    if (stored === undefined) throw new CodedError('not-found', 'the key slot does not exist');
    const { key, slot } = stored;
    if (slot.slotVersion !== ticket.slotVersion || slot.keyVersion !== ticket.keyVersion) {
      throw new CodedError('refused-in-state', 'the certificate was changed meanwhile');
    }
    const consistent =
      slot.slotId === ticket.slotId &&
      slot.certid === ticket.certid &&
      key.certid === ticket.certid &&
      key.keyVersion === slot.keyVersion;
    if (!consistent) {
      throw new CodedError('internal', 'the key cannot be opened', {
        context: { reason: 'slot and key do not belong together', slotId: ticket.slotId },
      });
    }
    const checked = this.#sealer.checked(slot);
    checkSlotDates(slot, this.#ports.clock.now().getTime());
    return { key, slot: checked };
  }
}
