import type { Clock } from '@cinnabar/core';
import type { DataSource } from 'typeorm';
import type { CheckpointSink } from '../ship/checkpoint-sink.ts';
import { Shipping } from '../ship/shipping.ts';
import { CheckpointMaker } from './checkpoint-maker.ts';
import type { CheckpointSigner } from './checkpoint-signer.ts';

const TICK_MS = 1_000;
/** After a failure; at the regular pace a short outage of the HSM would leave a gap of minutes. */
const RETRY_MS = 5_000;

export interface CheckpointingOptions {
  /** As the server's role. */
  readonly dataSource: DataSource;
  readonly clock: Clock;
  readonly signer: CheckpointSigner;
  /** Of this process: its chain, and how many records it sealed so far. */
  readonly trail: { readonly chain: number; readonly sealedRecords: number };
  readonly everyMs: number;
  readonly everyRecords: number;
  /** Where checkpoints go, off this machine at best. */
  readonly sinks: readonly CheckpointSink[];
  /** Told when something begins to fail and when it works again: a sentence for the operator's log. */
  readonly onNotice: (sentence: string) => void;
}

/** Makes a checkpoint at the start, at a pace, after many records and at the end, and ships it. Its failures stop nobody. */
export class Checkpointing {
  readonly #options: CheckpointingOptions;
  readonly #maker: CheckpointMaker;
  readonly #shipping: Shipping;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #dueAtMs = 0;
  #recordsBefore = 0;
  #failing = false;

  constructor(options: CheckpointingOptions) {
    const { dataSource, clock, signer, trail, sinks, onNotice } = options;
    this.#options = options;
    this.#maker = new CheckpointMaker(dataSource, clock, signer, trail.chain);
    this.#shipping = new Shipping(dataSource, trail.chain, sinks, onNotice);
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), Math.min(TICK_MS, this.#options.everyMs)).unref();
    this.#tick();
  }

  /** Covers what was sealed until now; to be called before trail, HSM and database are closed. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
    await this.#makeAndShip();
    await this.#shipping.close();
  }

  #tick(): void {
    if (this.#running !== undefined) return;
    const { trail, everyRecords } = this.#options;
    const due = performance.now() >= this.#dueAtMs || trail.sealedRecords - this.#recordsBefore >= everyRecords;
    // What a sink still waits for is tried again at its own pace.
    if (!due && !this.#shipping.isDue(performance.now())) return;
    this.#running = (due ? this.#makeAndShip() : this.#shipping.ship()).finally(() => (this.#running = undefined));
  }

  async #makeAndShip(): Promise<void> {
    const { trail, everyMs, onNotice } = this.#options;
    const { sealedRecords } = trail;
    try {
      await this.#maker.make();
      this.#recordsBefore = sealedRecords;
      this.#dueAtMs = performance.now() + everyMs;
      if (this.#failing) onNotice('audit checkpoints are made again');
      this.#failing = false;
    } catch (error) {
      // Records until the next attempt must not make it come at every tick.
      this.#recordsBefore = sealedRecords;
      this.#dueAtMs = performance.now() + Math.min(RETRY_MS, everyMs);
      if (!this.#failing) onNotice(`audit checkpoints cannot be made: ${nameOf(error)}`);
      this.#failing = true;
    }
    await this.#shipping.ship();
  }
}

/** Texts of inner errors stay out of logs; ours and the system's codes are safe. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name;
}
