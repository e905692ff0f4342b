/**
 * Work that comes in crowds, done a batch at a time, in order: what comes while a batch is under way waits for the next.
 * Ten thousand keys that go at once are then a few calls of the HSM in a row and not a queue that keeps everybody out.
 */
export class Batches<Item> {
  readonly #largest: number;
  readonly #work: (items: readonly Item[]) => Promise<void>;
  readonly #waiting: { readonly item: Item; readonly done: () => void }[] = [];
  #busy = false;

  /** @param work must not fail */
  constructor(largest: number, work: (items: readonly Item[]) => Promise<void>) {
    this.#largest = largest;
    this.#work = work;
  }

  /** Resolves when the batch that holds the item is done. */
  add(item: Item): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ item, done });
      if (!this.#busy) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#largest);
      await this.#work(batch.map(({ item }) => item));
      for (const { done } of batch) done();
    }
    this.#busy = false;
  }
}
