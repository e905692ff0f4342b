import { linkHash, NO_PREVIOUS_HASH } from '../record/record-hash.ts';
import type { AuditRow } from '../record/record-columns.ts';
import { CHAIN_START } from '../seal/chain-start.ts';
import type { Findings } from './audit-problem.ts';

export interface StoredLink {
  readonly seq: bigint;
  readonly auditid: string;
  readonly hash: Uint8Array;
  /** Undefined: the link's record is not there. */
  readonly row: AuditRow | undefined;
}

/** A link whose hash does not fit; its successor tells whether record or hash was changed. */
interface Suspect {
  readonly link: StoredLink;
  /** What its record gives. */
  readonly computed: Uint8Array;
}

/** Recomputes one chain, link by link, in order of seq; memory does not grow with the chain. */
export class ChainProof {
  readonly #chain: bigint;
  readonly #findings: Findings;
  #last: StoredLink | undefined;
  #suspect: Suspect | undefined;

  constructor(chain: bigint, findings: Findings) {
    this.#chain = chain;
    this.#findings = findings;
  }

  next(link: StoredLink): void {
    const isNext = this.#checkPlace(link);
    if (this.#last === undefined) this.#checkStart(link);
    const sealed = this.#judgeSuspect(isNext ? link : undefined);
    const previous = sealed ?? this.#last?.hash ?? NO_PREVIOUS_HASH;
    if (link.row === undefined) {
      this.#find('record-missing', link, `the record ${link.auditid} is gone`);
    } else if (isNext) {
      const computed = linkHash(previous, this.#chain, link.seq, link.row);
      if (!equal(computed, link.hash)) this.#suspect = { link, computed };
    }
    this.#last = link;
  }

  end(): void {
    this.#judgeSuspect(undefined);
  }

  /** Is this the place after the last one? Otherwise its hash cannot be recomputed. */
  #checkPlace(link: StoredLink): boolean {
    const expected = (this.#last?.seq ?? 0n) + 1n;
    if (link.seq === expected) return true;
    if (link.seq < expected) {
      this.#find('duplicated', link, 'there is more than one row for this place');
    } else {
      const until = link.seq - 1n;
      const places = expected === until ? `link ${expected} is` : `links ${expected} to ${until} are`;
      this.#find('links-missing', link, `${places} missing before it`);
    }
    return false;
  }

  #checkStart({ seq, row }: StoredLink): void {
    if (seq !== 1n) return; // links-missing tells it
    if (row === undefined || (row.category === CHAIN_START.category && row.action === CHAIN_START.action)) return;
    this.#findings.add({
      kind: 'start-missing',
      chain: String(this.#chain),
      detail: `Chain ${this.#chain} does not begin with its start record.`,
    });
  }

  /**
   * The successor's hash was made over the hash that the suspect had: where it fits the stored one, the record was
   * changed; where it fits the computed one, the stored hash was.
   * @returns the hash that was sealed, where the stored one was changed
   */
  #judgeSuspect(successor: StoredLink | undefined): Uint8Array | undefined {
    const suspect = this.#suspect;
    this.#suspect = undefined;
    if (suspect === undefined) return undefined;
    const { link, computed } = suspect;
    const row = successor?.row;
    const fits = (previous: Uint8Array): boolean =>
      successor !== undefined &&
      row !== undefined &&
      equal(linkHash(previous, this.#chain, successor.seq, row), successor.hash);
    if (fits(link.hash)) this.#find('record-altered', link, 'the record is not what was sealed');
    else if (fits(computed)) {
      this.#find('hash-altered', link, 'the stored hash is not the one that was sealed');
      return computed;
    } else this.#find('record-or-hash-altered', link, 'the record or its stored hash is not what was sealed');
    return undefined;
  }

  #find(kind: Parameters<Findings['add']>[0]['kind'], { seq, auditid }: StoredLink, what: string): void {
    const chain = String(this.#chain);
    this.#findings.add({
      kind,
      chain,
      seq: String(seq),
      auditid,
      detail: `Chain ${chain}, link ${seq} (auditid ${auditid}): ${what}.`,
    });
  }
}

function equal(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
