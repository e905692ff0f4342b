import type { AttemptLedger, SlotStore } from '../ports.ts';
import type { KeySlot, ProtectedKey, SlotTicket } from '../protected-key.ts';

/** Keeps protected keys and slots in memory, and gives out tickets as an application would. */
export class InMemorySlotStore implements SlotStore {
  readonly keys = new Map<string, ProtectedKey>();
  readonly slots = new Map<string, KeySlot>();
  /** Loads so far, for tests that tell cold from warm. */
  loads = 0;

  load(slotId: string): Promise<{ key: ProtectedKey; slot: KeySlot } | undefined> {
    this.loads += 1;
    const slot = this.slots.get(slotId);
    const key = slot === undefined ? undefined : this.keys.get(slot.certid);
    return Promise.resolve(slot === undefined || key === undefined ? undefined : { key, slot });
  }

  /** Stores what `protect` returned. */
  add({ key, slot }: { readonly key: ProtectedKey; readonly slot: KeySlot }): SlotTicket {
    this.keys.set(key.certid, key);
    return this.put(slot);
  }

  /** Stores a new or changed slot. */
  put(slot: KeySlot): SlotTicket {
    this.slots.set(slot.slotId, slot);
    return this.ticket(slot.slotId);
  }

  ticket(slotId: string, ledger?: AttemptLedger & { isLocked(slotId: string): boolean }): SlotTicket {
    const slot = this.slots.get(slotId);
    if (slot === undefined) throw new RangeError(`no slot ${slotId}`);
    const { certid, slotVersion, keyVersion } = slot;
    return { certid, slotId, slotVersion, keyVersion, locked: ledger?.isLocked(slotId) ?? false };
  }
}
