import { CodedError } from '@cinnabar/core';

interface SharedWork {
  readonly result: Promise<unknown>;
  /** What became of those who joined; never reject. */
  readonly settled: Promise<unknown>[];
}

interface Slot {
  /** Ends when the last one in line is done; never rejects. */
  tail: Promise<unknown>;
  waiting: number;
  /** Work in line that later callers may share, by what makes it equal. */
  readonly shared: Map<string, SharedWork>;
}

/**
 * One try at a time per slot on this node, in order of arrival. Callers with the same secret share one evaluation:
 * forty right PINs at once cost one try, not forty. What a shared failure costs is for each sharer to settle.
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
   * `onSharedFailure` is asked by those who shared work that failed.
   * @throws CodedError `too-many-requests` when too many wait for this slot
   */
  run<T>(
    slotId: string,
    equality: string | undefined,
    work: () => Promise<T>,
    onSharedFailure?: (error: unknown) => Promise<never>,
  ): Promise<T> {
    const slot: Slot = this.#slots.get(slotId) ?? { tail: Promise.resolve(), waiting: 0, shared: new Map() };
    const sameWork = equality === undefined ? undefined : slot.shared.get(equality);
    if (sameWork !== undefined) return join(sameWork, onSharedFailure);
    if (slot.waiting >= this.#queueLimit) {
      return Promise.reject(new CodedError('too-many-requests', 'too many PINs are waiting for this key'));
    }
    this.#slots.set(slotId, slot);
    slot.waiting += 1;
    this.#waiting += 1;
    const result = slot.tail.then(work).finally(() => {
      if (equality !== undefined) slot.shared.delete(equality);
    });
    const shared: SharedWork = { result, settled: [] };
    if (equality !== undefined) slot.shared.set(equality, shared);
    // The next in line waits for the end, whatever it is, and for what it costs those who shared it: otherwise a right
    // PIN behind thirty-nine wrong ones could overtake their count. The error itself goes to those who asked.
    slot.tail = settled(result)
      .then(() => Promise.all(shared.settled))
      .then(() => {
        slot.waiting -= 1;
        this.#waiting -= 1;
        if (slot.waiting === 0) this.#slots.delete(slotId);
      });
    return result;
  }
}

function join<T>(work: SharedWork, onFailure: ((error: unknown) => Promise<never>) | undefined): Promise<T> {
  const result = work.result as Promise<T>;
  const joined = onFailure === undefined ? result : result.catch(onFailure);
  work.settled.push(settled(joined));
  return joined;
}

function settled(promise: Promise<unknown>): Promise<void> {
  return promise.then(
    () => undefined,
    () => undefined,
  );
}
