import type { Clock } from '@cinnabar/core';
import type { DatabaseAddress, SqlRunner } from '@cinnabar/persistence';
import { type AuditDraft, toRow } from './record/audit-draft.ts';
import { MicrosecondClock } from './record/microsecond-clock.ts';
import { type AuditRow, RECORD_COLUMNS } from './record/record-columns.ts';
import { AuditNumbers } from './seal/audit-numbers.ts';
import { chainStart } from './seal/chain-start.ts';
import { type ChainLimits, ChainSuccession, NO_CHAIN_LIMITS } from './seal/chain-succession.ts';
import type { GuardCheck, Guards } from './seal/key-guard.ts';
import { sealOrphanedRecords } from './seal/orphaned-records.ts';
import { SealConnection } from './seal/seal-connection.ts';
import type { SealItem, SealVerdict } from './seal/seal-item.ts';
import { sealStatement } from './seal/seal-statement.ts';
import { Sealer, type SealerSettings } from './seal/sealer.ts';

export interface AuditTrailOptions {
  /** The server's role; the trail keeps one connection of its own. */
  readonly address: DatabaseAddress;
  readonly clock: Clock;
  readonly sealer: SealerSettings;
  /** How guards are checked; without it no guard may be given. */
  readonly guardCheck?: GuardCheck;
  /** When a new chain follows; without it this process writes one chain only. */
  readonly chainLimits?: ChainLimits;
}

export interface SealedRecord {
  readonly auditid: number;
  /** Other than `sealed`: what was made under the guard must never leave; recorded as refused unless left open. */
  readonly verdict: SealVerdict;
}

/** A record that was written in a change's own transaction and waits for `seal` after the commit. */
export class AuditTicket {
  readonly row: AuditRow;

  constructor(row: AuditRow) {
    this.row = row;
  }
}

/** The tables that the server's role may only add to. */
export const AUDIT_TABLES = ['audit_record', 'audit_chain', 'audit_checkpoint', 'audit_tombstone'] as const;

const APPEND = `
  WITH recorded AS (
    INSERT INTO audit_record (${RECORD_COLUMNS.map(({ name }) => name).join(', ')})
    VALUES (${RECORD_COLUMNS.map(({ kind }, index) => `$${index + 1}::${kind}`).join(', ')}))
  INSERT INTO audit_pending (auditid, process) VALUES ($1, $2)`;

/** Writes audit records and links them into this process's chain. An answer leaves when its record is sealed. */
export class AuditTrail {
  readonly #connection: SealConnection;
  readonly #sealer: Sealer;
  readonly #numbers: AuditNumbers;
  readonly #clock: MicrosecondClock;
  readonly #timeoutMs: number;
  readonly #takesGuards: boolean;
  #sealedRecords = 0;

  private constructor({ address, clock, sealer, guardCheck, chainLimits = NO_CHAIN_LIMITS }: AuditTrailOptions) {
    this.#connection = new SealConnection(address, sealStatement(guardCheck));
    this.#numbers = new AuditNumbers(this.#connection);
    this.#clock = new MicrosecondClock(clock);
    const succession = new ChainSuccession(this.#connection, this.#numbers, this.#clock, chainLimits);
    this.#sealer = new Sealer(this.#connection, sealer, succession, guardCheck);
    this.#timeoutMs = sealer.timeoutMs;
    this.#takesGuards = guardCheck !== undefined;
  }

  /** Begins a chain, and seals what ended processes left unsealed. */
  static async open(options: AuditTrailOptions): Promise<AuditTrail> {
    const trail = new AuditTrail(options);
    try {
      const client = await trail.#connection.open();
      await trail.seal(await chainStart(client, trail.#connection.chain));
      await sealOrphanedRecords(trail.#connection, (row) => trail.#enqueue('committed', row, {}));
    } catch (error) {
      await trail.close();
      throw error;
    }
    return trail;
  }

  /** Number of the chain that this process writes now. */
  get chain(): number {
    return Number(this.#connection.chain);
  }

  /** Records that this process has sealed so far. */
  get sealedRecords(): number {
    return this.#sealedRecords;
  }

  /** An operation that will have a record is on its way: others may wait for its company. `operationEnded` follows. */
  operationBegan(): void {
    this.#sealer.gathering.operationBegan();
  }

  operationEnded(): void {
    this.#sealer.gathering.operationEnded();
  }

  /**
   * Writes the record in the transaction of the change that it tells of: both are committed, or neither.
   * Seal the ticket after the commit; after a rollback forget it.
   * @param transaction the change's own EntityManager or QueryRunner
   */
  async append(transaction: SqlRunner, draft: AuditDraft): Promise<AuditTicket> {
    const row = await this.#row(draft);
    await transaction.query(
      APPEND,
      RECORD_COLUMNS.map(({ name }) => row[name]),
    );
    return new AuditTicket(row);
  }

  /**
   * Links a record to the chain: a committed ticket's, or that of an operation that changed nothing, which is written
   * together with its link.
   * @param guards what must still hold at the moment of writing (drafts only); where it does not, the verdict says so and
   *   the record says "refused", or there is none where `ifStale` leaves it open
   * @throws CodedError `internal` when it cannot be written in time, `too-many-requests` when too many wait: in both
   *   cases the answer must not leave
   */
  async seal(what: AuditDraft | AuditTicket, guards: Guards = {}): Promise<SealedRecord> {
    if (what instanceof AuditTicket) return await this.#enqueue('committed', what.row, {});
    const isGuarded = guards.session !== undefined || (guards.keys ?? []).length > 0;
    if (isGuarded && !this.#takesGuards) throw new TypeError('this trail was opened without a guard check');
    return await this.#enqueue('draft', await this.#row(what), guards);
  }

  /** Writes what waits and gives up the connection. Operations must have ended before. */
  async close(): Promise<void> {
    await this.#sealer.close();
    await this.#connection.close();
  }

  async #row(draft: AuditDraft): Promise<AuditRow> {
    const auditid = await this.#numbers.take();
    return toRow(draft, { auditid, process: String(this.#connection.chain), recordedAt: this.#clock.now() });
  }

  async #enqueue(source: SealItem['source'], row: AuditRow, guards: Guards): Promise<SealedRecord> {
    const verdict = await new Promise<SealVerdict>((resolve, reject) => {
      this.#sealer.add({
        source,
        row,
        guards,
        verdict: 'sealed',
        goesAlone: false,
        attemptedHashes: [],
        deadlineMs: performance.now() + this.#timeoutMs,
        settle: (result) => (result instanceof Error ? reject(result) : resolve(result)),
      });
    });
    if (verdict === 'sealed' || guards.ifStale !== 'leave-open') this.#sealedRecords += 1;
    return { auditid: Number(row.auditid), verdict };
  }
}
