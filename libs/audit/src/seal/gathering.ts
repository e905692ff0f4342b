import { setImmediate as nextTurn } from 'node:timers/promises';

export interface GatheringSettings {
  /** Most records of one batch. */
  readonly batchRecords: number;
  /** How long records wait for company at the most; 0: batches form only while another is in flight. */
  readonly lingerMs: number;
  /** They wait only while at least so many other operations are on their way: enough to keep the machine busy meanwhile. */
  readonly busyOperations: number;
}

/**
 * Lets records of the same moment come together: a batch of ten costs little more than one of five. Waiting costs nobody
 * time as long as the others on their way keep the machine busy, and wastes it from then on: each that is sealed makes
 * room for its caller's next.
 */
export class Gathering {
  readonly #settings: GatheringSettings;
  readonly #waitingRecords: () => number;
  #operations = 0;
  #isClosed = false;
  /** Ends the waiting. */
  #goOn: (() => void) | undefined;

  /** @param waitingRecords how many there are at the moment */
  constructor(settings: GatheringSettings, waitingRecords: () => number) {
    this.#settings = settings;
    this.#waitingRecords = waitingRecords;
  }

  /** An operation that will have a record is on its way; `operationEnded` follows when it is sealed, or fails. */
  operationBegan(): void {
    this.#operations += 1;
  }

  operationEnded(): void {
    this.#operations -= 1;
    this.look();
  }

  /** To be told of each record that came. */
  look(): void {
    if (this.#goOn !== undefined && !this.#isWorthWaiting()) this.#goOn();
  }

  /** Returns when it is time for the next batch. */
  async wait(): Promise<void> {
    if (this.#isWorthWaiting()) await this.#forCompany();
    // What has come about meanwhile is collected before the batch is taken, not after it.
    await nextTurn();
  }

  /** Nobody waits any longer. */
  close(): void {
    this.#isClosed = true;
    this.look();
  }

  #isWorthWaiting(): boolean {
    const { lingerMs, busyOperations, batchRecords } = this.#settings;
    const waiting = this.#waitingRecords();
    if (this.#isClosed || lingerMs === 0 || waiting >= batchRecords) return false;
    return this.#operations - waiting >= busyOperations;
  }

  async #forCompany(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#goOn = resolve;
      timer = setTimeout(resolve, this.#settings.lingerMs);
    });
    clearTimeout(timer);
    this.#goOn = undefined;
  }
}
