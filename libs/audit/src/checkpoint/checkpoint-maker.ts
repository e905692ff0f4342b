import type { Clock } from '@cinnabar/core';
import { Transactions } from '@cinnabar/persistence';
import type { DataSource } from 'typeorm';
import { chainHeads, type RememberedHead } from './chain-heads.ts';
import { type CheckpointSigner, keyIdOf } from './checkpoint-signer.ts';
import { checkpointHash, checkpointJson } from './checkpoint.ts';
import { signedLine } from './signed-line.ts';

/** Keeps a line within what syslog servers take (8 KiB by default). */
const HEADS_PER_CHECKPOINT = 48;

/** "AUDC": nodes take turns, so that each checkpoint follows the one before. */
const CHECKPOINT_LOCK = 0x41_55_44_43;

interface LastCheckpoint {
  readonly number: string;
  readonly hash: string;
}

/** Signs how far the chains have come and writes that down. */
export class CheckpointMaker {
  readonly #dataSource: DataSource;
  readonly #transactions: Transactions;
  readonly #clock: Clock;
  readonly #signer: CheckpointSigner;
  readonly #keyId: string;
  readonly #maker: string;
  /** Of each chain: the seq that a checkpoint of this process covers. */
  readonly #covered = new Map<string, string>();

  /** @param maker number of this process's chain */
  constructor(dataSource: DataSource, clock: Clock, signer: CheckpointSigner, maker: number) {
    this.#dataSource = dataSource;
    this.#transactions = new Transactions(dataSource);
    this.#clock = clock;
    this.#signer = signer;
    this.#keyId = keyIdOf(signer.publicKeySpkiDer);
    this.#maker = String(maker);
  }

  /** As many checkpoints as the chains that moved need; none where none did. */
  async make(): Promise<void> {
    const heads = await chainHeads(this.#dataSource);
    const moved = heads.filter(({ chain, seq }) => this.#covered.get(chain) !== seq);
    for (let from = 0; from < moved.length; from += HEADS_PER_CHECKPOINT) {
      const part = moved.slice(from, from + HEADS_PER_CHECKPOINT);
      await this.#write(part);
      for (const { chain, seq } of part) this.#covered.set(chain, seq);
    }
    // Chains that fell out of sight would otherwise be kept for the length of the process.
    const seen = new Set(heads.map(({ chain }) => chain));
    for (const chain of this.#covered.keys()) if (!seen.has(chain)) this.#covered.delete(chain);
  }

  async #write(heads: readonly RememberedHead[]): Promise<void> {
    await this.#transactions.run(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [CHECKPOINT_LOCK]);
      const [last]: LastCheckpoint[] = await manager.query(
        "SELECT number::text, encode(hash, 'hex') AS hash FROM audit_checkpoint ORDER BY audit_checkpoint.number DESC LIMIT 1",
      );
      const takenAt = this.#clock.now().toISOString();
      const number = Number(last?.number ?? 0) + 1;
      const previous = last?.hash ?? null;
      const json = checkpointJson({ number, takenAt, maker: this.#maker, heads, previous, keyId: this.#keyId });
      const line = signedLine('checkpoint', json, await this.#signer.sign(Buffer.from(json)));
      await manager.query(
        "INSERT INTO audit_checkpoint (number, maker, taken_at, hash, line) VALUES ($1, $2, $3, decode($4, 'hex'), $5)",
        [number, this.#maker, takenAt, checkpointHash(json), line],
      );
    });
  }
}
