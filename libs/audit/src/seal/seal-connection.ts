import { setTimeout as sleep } from 'node:timers/promises';
import { clientConfig, type DatabaseAddress } from '@cinnabar/persistence';
import pg from 'pg';
import { NO_PREVIOUS_HASH } from '../record/record-hash.ts';
import type { ChainHead } from './chain-head.ts';
import { backendPid, endFormerHolder, releaseChainLock, tryChainLock } from './chain-lock.ts';
import type { PreparedBatch, SealProblem } from './seal-statement.ts';

/** Row locks are held for the length of a small transaction; who waits longer than this goes alone next time. */
export const LOCK_TIMEOUT_MS = 1_000;
const LOCK_TIMEOUT_ALONE_MS = 50;
const STATEMENT_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 2_000;

/**
 * The sealer's own connection. It also holds the advisory lock that says "the process of this chain is alive", so that
 * whoever sees the lock free knows that nobody seals into this chain any more.
 */
export class SealConnection {
  readonly #address: DatabaseAddress;
  readonly #statement: string;
  #client: pg.Client | undefined;
  #chain: bigint | undefined;
  #backendPid = 0;

  constructor(address: DatabaseAddress, statement: string) {
    this.#address = address;
    this.#statement = statement;
  }

  /** Connects (again) and takes the chain's lock; a first call begins a new chain. */
  async open(): Promise<pg.Client> {
    if (this.#client !== undefined) return this.#client;
    const client = new pg.Client({
      ...clientConfig(this.#address, {
        applicationName: 'cinnabar sealer',
        statementTimeoutMs: STATEMENT_TIMEOUT_MS,
        connectTimeoutMs: CONNECT_TIMEOUT_MS,
        sessionSettings: { lock_timeout: String(LOCK_TIMEOUT_MS), plan_cache_mode: 'force_generic_plan' },
      }),
      // The network may swallow the server's own timeout.
      query_timeout: STATEMENT_TIMEOUT_MS + 2_000,
    });
    client.on('error', () => this.#forget(client));
    client.on('end', () => this.#forget(client));
    await client.connect();
    try {
      this.#chain ??= await newChain(client);
      await holdLock(client, this.#chain, this.#backendPid);
      this.#backendPid = await backendPid(client);
    } catch (error) {
      abandon(client);
      throw error;
    }
    this.#client = client;
    return client;
  }

  /** Number of the chain that this process writes now. */
  get chain(): bigint {
    if (this.#chain === undefined) throw new Error('the seal connection was never open');
    return this.#chain;
  }

  /**
   * Takes a number and the lock of one more chain, beside the present one.
   * @returns the number; nothing is written to it until `moveTo`, but by whoever reserved it
   */
  async reserveChain(): Promise<bigint> {
    const client = await this.open();
    const next = await newChain(client);
    if (!(await tryChainLock(client, next))) throw new Error(`the lock of audit chain ${next} is taken`);
    return next;
  }

  /** Goes on with a reserved chain that has its first link; the present one is given up, and closed from now on. */
  async moveTo(chain: bigint): Promise<void> {
    const former = this.chain;
    this.#chain = chain;
    const client = this.#client;
    // Without the connection the lock is gone as well.
    if (client !== undefined) await releaseChainLock(client, former).catch(() => undefined);
  }

  /** The chain's last committed link. */
  async head(): Promise<ChainHead> {
    const client = await this.open();
    const { rows } = await client.query<{ seq: string; hash: Buffer }>(
      'SELECT seq, hash FROM audit_chain WHERE chain = $1 ORDER BY seq DESC LIMIT 1',
      [String(this.chain)],
    );
    const [last] = rows;
    return last === undefined
      ? { chain: this.chain, seq: 0n, hash: NO_PREVIOUS_HASH }
      : { chain: this.chain, seq: BigInt(last.seq), hash: last.hash };
  }

  /** Which of these records stand in a chain already, and under which hash. */
  async linked(auditids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const client = await this.open();
    const { rows } = await client.query<{ auditid: string; hash: Buffer }>(
      'SELECT auditid, hash FROM audit_chain WHERE auditid = ANY ($1::bigint[])',
      [auditids],
    );
    return new Map(rows.map(({ auditid, hash }) => [auditid, hash]));
  }

  /** Writes the batch; problems mean that nothing was written. */
  async write({ values }: PreparedBatch, goesAlone: boolean): Promise<readonly SealProblem[]> {
    const client = await this.open();
    if (goesAlone) await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_ALONE_MS}`);
    try {
      const { rows } = await client.query<{ kind: SealProblem['kind']; number: string }>({
        name: 'seal',
        text: this.#statement,
        values: [...values],
      });
      return rows;
    } finally {
      if (goesAlone && this.#client === client) await client.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
    }
  }

  /** Drops the connection, whatever state it is in; the next use connects anew. */
  drop(): void {
    if (this.#client !== undefined) abandon(this.#client);
    this.#client = undefined;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  /** Does `work` while holding the lock of a chain whose process is gone; undefined when that process lives. */
  async asHeirOf<Result>(chain: bigint, work: () => Promise<Result>): Promise<Result | undefined> {
    const client = await this.open();
    if (!(await tryChainLock(client, chain))) return undefined;
    try {
      return await work();
    } finally {
      await releaseChainLock(client, chain);
    }
  }

  #forget(client: pg.Client): void {
    if (this.#client === client) this.#client = undefined;
  }
}

async function newChain(client: pg.Client): Promise<bigint> {
  const { rows } = await client.query<{ chain: string }>("SELECT nextval('audit_chain_id') AS chain");
  return BigInt(rows[0]?.chain ?? 0);
}

async function holdLock(client: pg.Client, chain: bigint, formerPid: number): Promise<void> {
  for (let attempt = 0; attempt < 40; attempt += 1) {
    if (await tryChainLock(client, chain)) return;
    await endFormerHolder(client, chain, formerPid);
    await sleep(50);
  }
  throw new Error(`the lock of audit chain ${chain} stays with another connection`);
}

/** Ends a connection that may be broken: nobody waits for its farewell. */
function abandon(client: pg.Client): void {
  client.end().catch(() => undefined);
}
