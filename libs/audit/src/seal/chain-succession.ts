import { toRow } from '../record/audit-draft.ts';
import type { MicrosecondClock } from '../record/microsecond-clock.ts';
import { NO_PREVIOUS_HASH } from '../record/record-hash.ts';
import type { AuditNumbers } from './audit-numbers.ts';
import type { ChainHead } from './chain-head.ts';
import { chainStart } from './chain-start.ts';
import type { SealConnection } from './seal-connection.ts';
import { prepareBatch } from './seal-statement.ts';
import type { SealItem } from './seal-item.ts';

export interface ChainLimits {
  /** A chain that began so long ago is followed by a new one. */
  readonly maxAgeMs: number;
  /** A chain with so many links is followed by a new one. */
  readonly maxRecords: number;
}

/** One chain for the life of the process. */
export const NO_CHAIN_LIMITS: ChainLimits = { maxAgeMs: Infinity, maxRecords: Number.MAX_SAFE_INTEGER };

/** After a failure the next attempt waits so long: going on with the old chain harms nothing. */
const RETRY_MS = 60_000;

/**
 * Ends the chain of a process that lives long and begins the next, so that retention, which removes whole chains, has
 * something to remove. Between two batches only: the old chain's last link is known to be committed by then, and the new
 * chain's start record remembers it.
 */
export class ChainSuccession {
  readonly #connection: SealConnection;
  readonly #numbers: AuditNumbers;
  readonly #clock: MicrosecondClock;
  readonly #limits: ChainLimits;
  #beganAtMs = performance.now();
  #notBeforeMs = 0;

  constructor(connection: SealConnection, numbers: AuditNumbers, clock: MicrosecondClock, limits: ChainLimits) {
    this.#connection = connection;
    this.#numbers = numbers;
    this.#clock = clock;
    this.#limits = limits;
  }

  isDue({ seq }: ChainHead): boolean {
    const nowMs = performance.now();
    if (nowMs < this.#notBeforeMs) return false;
    return seq >= BigInt(this.#limits.maxRecords) || nowMs - this.#beganAtMs >= this.#limits.maxAgeMs;
  }

  /**
   * Begins the next chain with its start record.
   * @returns its head; undefined where that failed, and the present chain goes on. A start record whose fate is not known
   *   then stands alone in a chain that is closed.
   */
  async begin(): Promise<ChainHead | undefined> {
    try {
      const former = this.#connection.chain;
      const chain = await this.#connection.reserveChain();
      const client = await this.#connection.open();
      const draft = await chainStart(client, chain, former);
      const auditid = await this.#numbers.take();
      const row = toRow(draft, { auditid, process: String(chain), recordedAt: this.#clock.now() });
      const batch = prepareBatch({ chain, seq: 0n, hash: NO_PREVIOUS_HASH }, [startItem(row)]);
      await this.#connection.write(batch, false);
      await this.#connection.moveTo(chain);
      this.#beganAtMs = performance.now();
      return batch.head;
    } catch {
      // Whatever is wrong with the database, the next batch meets it too, and tells those who wait.
      this.#connection.drop();
      this.#notBeforeMs = performance.now() + RETRY_MS;
      return undefined;
    }
  }
}

/** Nobody waits for it but `begin` itself. */
function startItem(row: SealItem['row']): SealItem {
  return {
    source: 'draft',
    row,
    guards: {},
    verdict: 'sealed',
    goesAlone: false,
    attemptedHashes: [],
    deadlineMs: Infinity,
    settle: () => undefined,
  };
}
