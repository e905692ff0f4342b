import { clientConfig, type DatabaseAddress } from '@cinnabar/persistence';
import pg from 'pg';
import type { RememberedHead } from '../checkpoint/chain-heads.ts';
import { readPublicKeyLine, TrustedKeys } from '../checkpoint/checkpoint-signer.ts';
import { checkpointHash, type ReadCheckpoint, readCheckpoint } from '../checkpoint/checkpoint.ts';
import { Tombstones } from '../retire/tombstones.ts';
import { type AuditProblem, Findings } from './audit-problem.ts';
import { LineFile, type NumberedLine } from './bounded-lines.ts';

export interface CheckpointVerdict {
  /** True when there is no problem at all. */
  readonly intact: boolean;
  /** Checkpoints with a good signature. */
  readonly checkpoints: number;
  /** `takenAt` of the last of them: what was cut off later is not seen. */
  readonly lastTakenAt: string | undefined;
  /** Checkpoints missing between the first and the last of the file: another node's, or lost on their way. */
  readonly absent: number;
  /** In the order found; at most `MOST_PROBLEMS`. */
  readonly problems: readonly AuditProblem[];
  readonly problemCount: number;
}

export interface CheckpointFileOptions {
  readonly path: string;
  /** PEM. Without it the file's first line is believed, which is worth as much as the file's own safety. */
  readonly publicKeyPem?: string;
}

/**
 * Does everything that checkpoints tell of still stand in the database? A chain whose end was cut off is named here,
 * though it is intact in itself.
 * @param address any role that may read the audit tables
 * @throws Error of the system for a file that cannot be read; TypeError without any public key
 */
export async function verifyCheckpoints(
  address: DatabaseAddress,
  { path, publicKeyPem }: CheckpointFileOptions,
): Promise<CheckpointVerdict> {
  // Opened before the database is looked at: whatever stands in it was committed before.
  const file = await LineFile.open(path);
  const client = new pg.Client(clientConfig(address, { applicationName: 'cinnabar audit-verify' }));
  client.on('error', () => undefined); // A lost connection rejects the query that needs it.
  try {
    await client.connect();
    const keys = new TrustedKeys();
    if (publicKeyPem !== undefined) keys.add(publicKeyPem);
    const check = new CheckpointCheck(client, keys);
    for await (const line of file.lines()) await check.next(line);
    return check.verdict();
  } finally {
    await client.end();
    await file.close();
  }
}

class CheckpointCheck {
  readonly #client: pg.Client;
  readonly #keys: TrustedKeys;
  readonly #findings = new Findings();
  #checkpoints = 0;
  #absent = 0;
  #tombstones: Tombstones | undefined;
  #last: { readonly number: number; readonly hash: string; readonly takenAt: string } | undefined;

  constructor(client: pg.Client, keys: TrustedKeys) {
    this.#client = client;
    this.#keys = keys;
  }

  async next({ place, text }: NumberedLine): Promise<void> {
    const publicKey = place === 1 ? readPublicKeyLine(text ?? '') : undefined;
    if (publicKey !== undefined) {
      if (this.#keys.isEmpty) this.#keys.add(publicKey);
      return;
    }
    if (this.#keys.isEmpty) throw new TypeError('the file does not begin with a public key: give one');
    const read = readCheckpoint(text ?? '');
    if (read === undefined) this.#find('checkpoint-forged', `Line ${place} is not a checkpoint.`);
    else if (!this.#keys.vouchesFor(read.checkpoint.keyId, read.signedBytes, read.signature)) {
      this.#find(
        'checkpoint-forged',
        `Line ${place}: the signature of checkpoint ${read.checkpoint.number} is not good.`,
      );
    } else {
      this.#checkPlace(read);
      await this.#checkHeads(read);
    }
  }

  verdict(): CheckpointVerdict {
    const { problems, count } = this.#findings;
    return {
      intact: count === 0,
      checkpoints: this.#checkpoints,
      lastTakenAt: this.#last?.takenAt,
      absent: this.#absent,
      problems,
      problemCount: count,
    };
  }

  /** A number that comes again, or another predecessor: checkpoints were taken out of the database and made anew. */
  #checkPlace({ checkpoint: { number, previous, takenAt }, signedBytes }: ReadCheckpoint): void {
    const last = this.#last;
    const hash = checkpointHash(signedBytes);
    this.#checkpoints += 1;
    if (last !== undefined && hash === last.hash) return; // sent twice
    if (last !== undefined && number <= last.number) {
      this.#find('checkpoint-out-of-line', `Checkpoint ${number} of ${takenAt} comes after checkpoint ${last.number}.`);
    } else if (last !== undefined && number === last.number + 1 && previous !== last.hash) {
      this.#find(
        'checkpoint-out-of-line',
        `Checkpoint ${number} of ${takenAt} does not follow checkpoint ${last.number}.`,
      );
    } else if (last !== undefined) this.#absent += number - last.number - 1;
    this.#last = { number, hash, takenAt };
  }

  async #checkHeads({ checkpoint: { number, takenAt, heads } }: ReadCheckpoint): Promise<void> {
    const { rows } = await this.#client.query<StoredPlace>({
      name: 'checkpoint-heads',
      text: `SELECT head.chain::text, encode(link.hash, 'hex') AS hash,
                    (SELECT max(seq) FROM audit_chain WHERE audit_chain.chain = head.chain)::text AS newest
               FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS head (chain, seq, ordinal)
               LEFT JOIN audit_chain AS link ON link.chain = head.chain AND link.seq = head.seq
              ORDER BY head.ordinal`,
      values: [heads.map(({ chain }) => chain), heads.map(({ seq }) => seq)],
    });
    for (const [index, head] of heads.entries()) {
      const stored = rows[index];
      if (stored?.newest === null && (await this.#removed()).covers(head)) continue;
      this.#compare(head, stored, `checkpoint ${number} of ${takenAt}`);
    }
  }

  /** Chains that were removed under retention. What is wrong with their tombstones the proof of the chains tells. */
  async #removed(): Promise<Tombstones> {
    this.#tombstones ??= await Tombstones.load(this.#client, this.#keys, new Findings());
    return this.#tombstones;
  }

  #compare({ chain, seq, hash }: RememberedHead, stored: StoredPlace | undefined, checkpoint: string): void {
    if (stored?.hash === hash) return;
    const had = `Chain ${chain} had reached link ${seq} at ${checkpoint}`;
    const newest = stored?.newest ?? null;
    if (stored?.hash !== null)
      this.#find('checkpoint-differs', `${had}, with another hash than it has now.`, chain, seq);
    else if (newest === null) this.#find('cut-after-checkpoint', `${had}; the whole chain is gone.`, chain, seq);
    else if (BigInt(newest) > BigInt(seq)) this.#find('checkpoint-differs', `${had}; this link is gone.`, chain, seq);
    else this.#find('cut-after-checkpoint', `${had}; it ends with link ${newest} now.`, chain, seq);
  }

  #find(kind: AuditProblem['kind'], detail: string, chain?: string, seq?: string): void {
    this.#findings.add({
      kind,
      ...(chain === undefined ? {} : { chain }),
      ...(seq === undefined ? {} : { seq }),
      detail,
    });
  }
}

interface StoredPlace {
  /** Hex; null where the link is not there. */
  readonly hash: string | null;
  /** The chain's last link; null where there is no such chain. */
  readonly newest: string | null;
}
