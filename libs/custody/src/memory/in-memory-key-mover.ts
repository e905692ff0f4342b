import type { KeyMover } from '../ports.ts';
import type { ProtectedKey } from '../protected-key.ts';
import type { InMemorySlotStore } from './in-memory-slot-store.ts';

/** Keeps moved keys in an {@link InMemorySlotStore}, and what went wrong, for tests. */
export class InMemoryKeyMover implements KeyMover {
  readonly failures: unknown[] = [];
  readonly #slotStore: InMemorySlotStore;

  constructor(slotStore: InMemorySlotStore) {
    this.#slotStore = slotStore;
  }

  store({ previous, moved }: { readonly previous: ProtectedKey; readonly moved: ProtectedKey }): Promise<void> {
    const { keys } = this.#slotStore;
    const stored = keys.get(previous.certid);
    const unchanged = stored?.keyVersion === previous.keyVersion && stored.kekVersion === previous.kekVersion;
    if (unchanged) keys.set(previous.certid, moved);
    return Promise.resolve();
  }

  failed(_previous: ProtectedKey, reason: unknown): void {
    this.failures.push(reason);
  }
}
