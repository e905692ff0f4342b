import type { SealConnection } from './seal-connection.ts';

/** As in the migration: the sequence counts in steps of this size. */
const BLOCK_SIZE = 1_000n;
/** Where so few are left the next block is fetched beside the work. */
const LOW_WATER = 250n;

/** Gives each record its `auditid`, from blocks that the database hands out, so that no record costs a question. */
export class AuditNumbers {
  readonly #connection: SealConnection;
  #next = 0n;
  #end = 0n;
  #spare: bigint | undefined;
  #fetching: Promise<void> | undefined;

  constructor(connection: SealConnection) {
    this.#connection = connection;
  }

  async take(): Promise<string> {
    while (this.#next === this.#end) {
      if (this.#spare === undefined) await this.#fetch();
      else this.#useSpare(this.#spare);
    }
    const number = this.#next;
    this.#next += 1n;
    // A failure here is met again, and thrown, by whoever finds the block empty.
    if (this.#end - this.#next < LOW_WATER && this.#spare === undefined) this.#fetch().catch(() => undefined);
    return String(number);
  }

  #useSpare(first: bigint): void {
    this.#next = first;
    this.#end = first + BLOCK_SIZE;
    this.#spare = undefined;
  }

  async #fetch(): Promise<void> {
    this.#fetching ??= this.#askForBlock().finally(() => (this.#fetching = undefined));
    await this.#fetching;
  }

  async #askForBlock(): Promise<void> {
    const client = await this.#connection.open();
    const { rows } = await client.query<{ first: string }>("SELECT nextval('audit_id_block') AS first");
    this.#spare = BigInt(rows[0]?.first ?? 0);
  }
}
