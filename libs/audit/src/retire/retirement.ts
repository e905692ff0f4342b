import type { Clock } from '@cinnabar/core';
import { clientConfig, type DatabaseAddress, type SqlRunner } from '@cinnabar/persistence';
import pg from 'pg';
import type { AuditTicket } from '../audit-trail.ts';
import { type CheckpointSigner, keyIdOf, TrustedKeys } from '../checkpoint/checkpoint-signer.ts';
import { signedLine } from '../checkpoint/signed-line.ts';
import type { ProvedExport } from '../export/verify-export.ts';
import { chainNumbers } from '../read/chain-pages.ts';
import type { AuditDraft } from '../record/audit-draft.ts';
import { releaseChainLock, tryChainLock } from '../seal/chain-lock.ts';
import { RETIREMENT } from '../seal/chain-start.ts';
import { examineChain, type Examined } from './examine-chain.ts';
import { readTombstone, tombstoneHash, tombstoneJson } from './tombstone.ts';

/** "AUDR": tombstones follow each other, so whoever removes takes turns. */
const RETIREMENT_LOCK = 0x41_55_44_52;

export interface RetirementOptions {
  /** The role that owns the tables; the server's cannot delete. */
  readonly owner: DatabaseAddress;
  readonly clock: Clock;
  readonly signer: CheckpointSigner;
  readonly retentionDays: number;
  /** By chain: what {@link verifyExport} found intact under the audit key. */
  readonly exports: ReadonlyMap<string, ProvedExport>;
  /** Who does it. */
  readonly by: string;
  /** Of the process that does it: its chain, and how its record is made. */
  readonly trail: {
    readonly chain: number;
    append(transaction: SqlRunner, draft: AuditDraft): Promise<AuditTicket>;
    seal(ticket: AuditTicket): Promise<unknown>;
  };
}

/**
 * Removes whole chains under retention: only what is closed, whole, old enough, exported and covered by a checkpoint. What
 * stays is a signed tombstone; the removal, its tombstone and its audit record are one transaction.
 */
export class Retirement {
  readonly #options: RetirementOptions;
  readonly #client: pg.Client;
  readonly #keys = new TrustedKeys();

  private constructor(options: RetirementOptions, client: pg.Client) {
    this.#options = options;
    this.#client = client;
    this.#keys.add(options.signer.publicKeySpkiDer);
  }

  static async open(options: RetirementOptions): Promise<Retirement> {
    const client = new pg.Client(clientConfig(options.owner, { applicationName: 'cinnabar audit-retire' }));
    client.on('error', () => undefined); // A lost connection rejects the query that needs it.
    await client.connect();
    return new Retirement(options, client);
  }

  /** Every chain but that of this process, and what keeps it from being removed. */
  async *examine(): AsyncGenerator<Examined> {
    for await (const chain of chainNumbers(this.#client)) {
      if (chain !== BigInt(this.#options.trail.chain)) yield await this.#examineUnderLock(chain);
    }
  }

  /**
   * Removes the chain if nothing keeps it, looked at again in the same transaction.
   * @returns what was found; it was removed if `obstacles` is empty
   */
  async remove(chain: bigint): Promise<Examined> {
    const isOurs = await tryChainLock(this.#client, chain);
    let ticket: AuditTicket | undefined;
    try {
      await this.#client.query('BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED');
      await this.#client.query('SELECT pg_advisory_xact_lock($1)', [RETIREMENT_LOCK]);
      const examined = await this.#examine(chain, isOurs);
      if (examined.obstacles.length === 0) ticket = await this.#bury(examined);
      await this.#client.query('COMMIT');
      if (ticket !== undefined) await this.#options.trail.seal(ticket);
      return examined;
    } catch (error) {
      await this.#client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      if (isOurs) await releaseChainLock(this.#client, chain).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  async #examineUnderLock(chain: bigint): Promise<Examined> {
    const isOurs = await tryChainLock(this.#client, chain);
    try {
      return await this.#examine(chain, isOurs);
    } finally {
      if (isOurs) await releaseChainLock(this.#client, chain);
    }
  }

  async #examine(chain: bigint, isClosed: boolean): Promise<Examined> {
    const { clock, retentionDays, exports } = this.#options;
    return await examineChain(this.#client, chain, {
      isClosed,
      olderThan: new Date(clock.now().getTime() - retentionDays * 86_400_000),
      exported: exports.get(String(chain)),
      keys: this.#keys,
    });
  }

  async #bury(examined: Examined): Promise<AuditTicket> {
    const { clock, signer, by, trail } = this.#options;
    const { chain, lastSeq, hash, records, newestAt, checkpoint, exportSha256 } = examined;
    const { rows } = await this.#client.query<{ line: string }>(
      'SELECT line FROM audit_tombstone ORDER BY number DESC LIMIT 1',
    );
    const last = rows[0] === undefined ? undefined : readTombstone(rows[0].line);
    const number = (last?.tombstone.number ?? 0) + 1;
    const json = tombstoneJson({
      number,
      removedAt: clock.now().toISOString(),
      by,
      chain,
      firstSeq: '1',
      lastSeq,
      hash,
      count: records,
      newestAt,
      export: exportSha256 ?? '',
      checkpoint: checkpoint ?? 0,
      previous: last === undefined ? null : tombstoneHash(last.signedBytes),
      keyId: keyIdOf(signer.publicKeySpkiDer),
    });
    const line = signedLine('tombstone', json, await signer.sign(Buffer.from(json)));
    await this.#client.query('INSERT INTO audit_tombstone (number, chain, line) VALUES ($1, $2, $3)', [
      number,
      chain,
      line,
    ]);
    await this.#client.query(
      'DELETE FROM audit_record USING audit_chain AS link WHERE link.chain = $1 AND link.auditid = audit_record.auditid',
      [chain],
    );
    await this.#client.query('DELETE FROM audit_chain WHERE chain = $1', [chain]);
    const runner: SqlRunner = {
      query: async (text, values) => (await this.#client.query<Record<string, unknown>>(text, values)).rows,
    };
    return await trail.append(runner, {
      ...RETIREMENT,
      success: true,
      actiondata: `chain ${chain}`,
      // As in a start record: the verifier looks whether this head stands or has its tombstone.
      data: `${chain}:${lastSeq}:${hash}`,
      info: `chain ${chain}, ${records} records, the newest of ${newestAt}, removed under retention by ${by}; tombstone ${number}, export ${exportSha256 ?? ''}`,
    });
  }
}
