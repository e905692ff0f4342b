import type pg from 'pg';
import type { TrustedKeys } from '../checkpoint/checkpoint-signer.ts';
import type { RememberedHead } from '../seal/chain-start.ts';
import type { Findings } from '../verify/audit-problem.ts';
import { readTombstone, type Tombstone, tombstoneHash } from './tombstone.ts';

interface StoredTombstone {
  readonly number: string;
  readonly chain: string;
  readonly line: string;
}

/** The chains that were removed under retention, as far as a trusted key vouches for it. */
export class Tombstones {
  readonly #byChain: ReadonlyMap<string, Tombstone>;

  private constructor(byChain: ReadonlyMap<string, Tombstone>) {
    this.#byChain = byChain;
  }

  /** Reads all of them, and adds to `findings` each that is not good; a database older than retention has none. */
  static async load(client: pg.Client, keys: TrustedKeys, findings: Findings): Promise<Tombstones> {
    const byChain = new Map<string, Tombstone>();
    const { rows: known } = await client.query<{ exists: boolean }>(
      "SELECT to_regclass('audit_tombstone') IS NOT NULL AS exists",
    );
    if (known[0]?.exists !== true) return new Tombstones(byChain);
    const { rows } = await client.query<StoredTombstone>(
      'SELECT number::text, chain::text, line FROM audit_tombstone ORDER BY audit_tombstone.number',
    );
    let expected = 1;
    let previous: string | null = null;
    for (const stored of rows) {
      const read = readTombstone(stored.line);
      const problem = forgery(stored, read, keys);
      if (read === undefined || problem !== undefined) {
        findings.add({
          kind: 'tombstone-forged',
          chain: stored.chain,
          detail: `Tombstone ${stored.number} ${problem}.`,
        });
        expected = Number(stored.number) + 1;
        previous = null;
        continue;
      }
      const { tombstone, signedBytes } = read;
      if (tombstone.number !== expected || (previous !== null && tombstone.previous !== previous)) {
        findings.add({
          kind: 'tombstone-out-of-line',
          chain: stored.chain,
          detail: `Tombstone ${tombstone.number} does not follow the one before: one was taken away, or made anew.`,
        });
      }
      byChain.set(stored.chain, tombstone);
      expected = tombstone.number + 1;
      previous = tombstoneHash(signedBytes);
    }
    return new Tombstones(byChain);
  }

  get count(): number {
    return this.#byChain.size;
  }

  has(chain: string): boolean {
    return this.#byChain.has(chain);
  }

  /** Was a chain that had this link removed under retention? */
  covers({ chain, seq, hash }: RememberedHead): boolean {
    const tombstone = this.#byChain.get(chain);
    if (tombstone === undefined || BigInt(seq) > BigInt(tombstone.lastSeq)) return false;
    return BigInt(seq) < BigInt(tombstone.lastSeq) || hash === tombstone.hash;
  }
}

function forgery(
  stored: StoredTombstone,
  read: ReturnType<typeof readTombstone>,
  keys: TrustedKeys,
): string | undefined {
  if (read === undefined) return 'cannot be read';
  const { tombstone, signedBytes, signature } = read;
  if (String(tombstone.number) !== stored.number || tombstone.chain !== stored.chain) {
    return `stands in the place of another (it is number ${tombstone.number}, for chain ${tombstone.chain})`;
  }
  if (keys.isEmpty)
    return `of chain ${stored.chain} cannot be believed without the audit's public key: give one (--key)`;
  if (keys.vouchesFor(tombstone.keyId, signedBytes, signature)) return undefined;
  return `of chain ${stored.chain} was not signed by the audit key`;
}
