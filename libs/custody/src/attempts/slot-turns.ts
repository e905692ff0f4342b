import { CodedError } from '@cinnabar/core';

interface Slot {
  /** Ends when the last one in line is done; never rejects. */
  tail: Promise<unknown>;
  waiting: number;
  /** Work in line that later callers may share, by what makes it equal. */
  readonly shared: Map<string, Promise<unknown>>;
}

/**
 * One try at a time per slot on this node, in order of arrival. Callers with the same secret share one try and its
 * result: forty right PINs at once cost one try, not forty.
 */
export class SlotTurns {
  readonly #slots = new Map<string, Slot>();
  readonly #queueLimit: number;
  #waiting = 0;

  constructor(queueLimit: number) {
    this.#queueLimit = queueLimit;
  }

  /** Callers waiting over all slots, sharers not counted. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * `equality` names equal work of this slot (the secret's tag and the versions); absent: never shared.
   * @throws CodedError `too-many-requests` when too many wait for this slot
   */
  run<T>(slotId: string, equality: string | undefined, work: () => Promise<T>): Promise<T> {
    const slot: Slot = this.#slots.get(slotId) ?? { tail: Promise.resolve(), waiting: 0, shared: new Map() };
    const sameWork = equality === undefined ? undefined : slot.shared.get(equality);
    if (sameWork !== undefined) return sameWork as Promise<T>;
    if (slot.waiting >= this.#queueLimit) {
      return Promise.reject(new CodedError('too-many-requests', 'too many PINs are waiting for this key'));
    }
    this.#slots.set(slotId, slot);
    slot.waiting += 1;
    this.#waiting += 1;
    const result = slot.tail.then(work).finally(() => {
      slot.waiting -= 1;
      this.#waiting -= 1;
      if (equality !== undefined) slot.shared.delete(equality);
      if (slot.waiting === 0) this.#slots.delete(slotId);
    });
    if (equality !== undefined) slot.shared.set(equality, result);
    // The next in line waits for the end, whatever it is; the error itself goes to those who asked.
    slot.tail = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
