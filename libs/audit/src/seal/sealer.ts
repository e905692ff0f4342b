import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '@cinnabar/core';
import { sqlStateOf } from '@cinnabar/persistence';
import type { ChainHead } from './chain-head.ts';
import { NO_PREVIOUS_HASH } from '../record/record-hash.ts';
import type { ChainSuccession } from './chain-succession.ts';
import { Gathering, type GatheringSettings } from './gathering.ts';
import type { GuardCheck } from './key-guard.ts';
import type { SealConnection } from './seal-connection.ts';
import { auditidOf, isGuarded, refused, type SealItem, type StaleGuard } from './seal-item.ts';
import { prepareBatch, type PreparedBatch, type SealProblem } from './seal-statement.ts';

export interface SealerSettings extends GatheringSettings {
  /** Most records that wait; beyond it operations that change nothing are refused. */
  readonly queueRecords: number;
  /** How long an operation waits for its seal, e.g. while the database is away. */
  readonly timeoutMs: number;
}

const LOCK_NOT_AVAILABLE = '55P03';
const UNIQUE_VIOLATION = '23505';
const DEADLOCK = '40P01';
/** Between two attempts to reach a database that is away. */
const RETRY_PAUSE_MS = 100;

/**
 * Links records to this process's chain, in order, one batch in flight at a time; while one is written the next one
 * gathers. Nothing is resolved before its link is committed.
 */
export class Sealer {
  /** When the next batch is taken; it is told of operations that are on their way. */
  readonly gathering: Gathering;
  readonly #connection: SealConnection;
  readonly #settings: SealerSettings;
  readonly #guardCheck: GuardCheck | undefined;
  readonly #succession: ChainSuccession;
  #queue: SealItem[] = [];
  /** Undefined: not known (at first, and after a failure whose outcome is open); read anew before the next batch. */
  #head: ChainHead | undefined;
  #headFrom: unknown;
  #hasWritten = false;
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(
    connection: SealConnection,
    settings: SealerSettings,
    succession: ChainSuccession,
    guardCheck?: GuardCheck,
  ) {
    this.#connection = connection;
    this.#settings = settings;
    this.#guardCheck = guardCheck;
    this.#succession = succession;
    this.gathering = new Gathering(settings, () => this.#queue.length);
  }

  /**
   * Puts a record into the queue; its `settle` is called once its link is committed, or cannot be.
   * @throws CodedError `too-many-requests` when the queue is full; committed records are always taken
   */
  add(item: SealItem): void {
    if (this.#isClosed) throw new CodedError('internal', 'the audit is closed');
    if (item.source === 'draft' && this.#queue.length >= this.#settings.queueRecords) {
      throw new CodedError('too-many-requests', 'too many operations wait for their audit record');
    }
    this.#queue.push(item);
    this.gathering.look();
    this.#start();
  }

  /** Takes nothing new, writes what waits, and returns when all is settled. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.gathering.close();
    while (this.#running !== undefined) await this.#running;
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // Something may have come between the last look at the queue and this moment.
      if (this.#queue.length > 0) this.#start();
    });
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.gathering.wait();
      await this.#succeed();
      await this.#writeNext(this.#takeBatch());
    }
  }

  /** Goes on with a new chain where the present one is long or old enough, and its end is known. */
  async #succeed(): Promise<void> {
    if (this.#head === undefined || !this.#succession.isDue(this.#head)) return;
    // After a failure the connection is new, so the head is read anew.
    this.#head = await this.#succession.begin();
  }

  /**
   * Over a new connection the head is read anew: retention may have taken our chain for that of an ended process while the
   * broken one left its lock free. The number of a removed chain is never used again.
   */
  async #currentHead(): Promise<ChainHead> {
    const client = await this.#connection.open();
    if (this.#head !== undefined && this.#headFrom === client) return this.#head;
    const head = await this.#connection.head();
    this.#headFrom = client;
    if (head.seq > 0n || !this.#hasWritten) return head;
    const next = await this.#succession.begin();
    if (next === undefined) throw new Error('the audit chain is gone, and no other can be begun');
    return next;
  }

  #takeBatch(): SealItem[] {
    const alone = this.#queue.findIndex(({ goesAlone }) => goesAlone);
    if (alone === 0) return this.#queue.splice(0, 1);
    return this.#queue.splice(0, Math.min(this.#settings.batchRecords, alone === -1 ? Infinity : alone));
  }

  /** Writes these items or puts them back into the queue's front, changed so that the next attempt gets further. */
  async #writeNext(items: SealItem[]): Promise<void> {
    let batch: PreparedBatch | undefined;
    try {
      this.#head = await this.#currentHead();
      batch = prepareBatch(this.#head, items);
      for (const [index, item] of items.entries()) item.attemptedHashes.push(batch.hashes[index] ?? NO_PREVIOUS_HASH);
      const problems = await this.#connection.write(batch, items[0]?.goesAlone ?? false);
      if (problems.length === 0) {
        this.#head = batch.head;
        this.#hasWritten = true;
        for (const item of items) item.settle(item.verdict);
      } else await this.#resolveProblems(items, batch, problems);
    } catch (error) {
      await this.#recover(items, error);
    }
  }

  async #resolveProblems(items: SealItem[], batch: PreparedBatch, problems: readonly SealProblem[]): Promise<void> {
    const stale = new Map<SealItem, StaleGuard>();
    const notPending = new Set<string>();
    for (const { kind, number } of problems) {
      if (kind === 'not-pending') notPending.add(number);
      else for (const item of itemsOf(batch, kind, Number(number))) if (!stale.has(item)) stale.set(item, kind);
    }
    const again = items.flatMap((item) => {
      const kind = stale.get(item);
      return kind === undefined ? [item] : this.#refuse(item, kind);
    });
    this.#queue.unshift(...(notPending.size === 0 ? again : await this.#withoutSettled(again, notPending)));
  }

  /** A committed record that does not wait was sealed by another process, or its transaction was rolled back. */
  async #withoutSettled(items: readonly SealItem[], notPending: ReadonlySet<string>): Promise<SealItem[]> {
    const linked = await this.#connection.linked([...notPending]);
    return items.filter((item) => {
      const auditid = auditidOf(item);
      if (!notPending.has(auditid)) return true;
      const neverCommitted = new Error(`audit record ${auditid} was never committed`);
      item.settle(linked.has(auditid) ? item.verdict : sealFailure(neverCommitted));
      return false;
    });
  }

  /** The item as a refusal, or none where the operation wants to be told only. */
  #refuse(item: SealItem, verdict: StaleGuard): SealItem[] {
    if (this.#guardCheck === undefined) throw new Error('a guard was given, but none is configured');
    if (item.guards.ifStale !== 'leave-open') return [refused(item, verdict, this.#guardCheck)];
    item.settle(verdict);
    return [];
  }

  async #recover(items: SealItem[], error: unknown): Promise<void> {
    const state = sqlStateOf(error);
    if (state === LOCK_NOT_AVAILABLE) this.#queue.unshift(...this.#afterLockTimeout(items));
    else if (state === DEADLOCK) this.#queue.unshift(...items);
    else if (state !== undefined && isLasting(state)) this.#queue.unshift(...afterRefusal(items, error));
    else await this.#afterOpenOutcome(items, error, state);
  }

  /** Somebody holds a row for long: unguarded records go first, guarded ones alone; one that was alone is refused. */
  #afterLockTimeout(items: readonly SealItem[]): SealItem[] {
    const [only] = items;
    if (only?.goesAlone === true) return this.#refuse(only, 'stale');
    return [
      ...items.filter((item) => !isGuarded(item)),
      ...items.filter(isGuarded).map((item) => ({ ...item, goesAlone: true })),
    ];
  }

  /**
   * The batch may or may not be committed, as when the connection broke in between: the database is asked which records
   * are linked. Should a former attempt be committed after that question, its links and ours exclude each other
   * (chain, seq and auditid are unique), and we come here again.
   */
  async #afterOpenOutcome(items: readonly SealItem[], error: unknown, state: string | undefined): Promise<void> {
    this.#head = undefined;
    // Anything that the server itself did not answer leaves the connection in doubt.
    if (state !== UNIQUE_VIOLATION) {
      this.#connection.drop();
      await sleep(RETRY_PAUSE_MS);
    }
    const waiting = items.filter((item) => this.#stillWaits(item, error));
    if (waiting.length === 0) return;
    let linked: ReadonlyMap<string, Uint8Array>;
    try {
      linked = await this.#connection.linked(waiting.map(auditidOf));
    } catch {
      // Still away. `error` is told to those whose time runs out; the rest are tried again.
      this.#queue.unshift(...waiting);
      return;
    }
    this.#queue.unshift(...waiting.filter((item) => !settleIfLinked(item, linked)));
  }

  #stillWaits(item: SealItem, error: unknown): boolean {
    if (performance.now() < item.deadlineMs) return true;
    item.settle(sealFailure(error));
    return false;
  }
}

/** Whose guard it is: equal guards are checked once for all that brought them. */
function itemsOf(
  { keyGuarded, sessionGuarded }: PreparedBatch,
  kind: StaleGuard,
  ordinal: number,
): readonly SealItem[] {
  return (kind === 'stale' ? keyGuarded : sessionGuarded)[ordinal] ?? [];
}

/** The operation's answer must not leave. */
function sealFailure(cause: unknown): CodedError {
  return new CodedError('internal', 'the audit record could not be written', { cause });
}

/** Is the record in a chain? Then its operation is told so; a number that another record has is a failure. */
function settleIfLinked(item: SealItem, linked: ReadonlyMap<string, Uint8Array>): boolean {
  const hash = linked.get(auditidOf(item));
  if (hash === undefined) return false;
  // A committed record may have been sealed by an heir, into a chain of its own. A draft is ours alone.
  const isOurs = item.source === 'committed' || item.attemptedHashes.some((attempt) => equalBytes(attempt, hash));
  item.settle(isOurs ? item.verdict : sealFailure(new Error(`audit number ${auditidOf(item)} is taken`)));
  return true;
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}

/** Classes of SQLSTATE that another attempt, or another connection, may cure. */
const PASSING_CLASSES = ['08', '25', '40', '53', '55', '57', '58', 'XX'];

function isLasting(state: string): boolean {
  return state !== UNIQUE_VIOLATION && !PASSING_CLASSES.includes(state.slice(0, 2));
}

/** The server refuses something in the batch for good: each record goes alone, so that one does not take others along. */
function afterRefusal(items: readonly SealItem[], error: unknown): SealItem[] {
  if (items.length > 1) return items.map((item) => ({ ...item, goesAlone: true }));
  for (const item of items) item.settle(sealFailure(error));
  return [];
}
