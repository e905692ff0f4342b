/** What can be wrong with an audit. */
export type AuditProblemKind =
  /** The record's columns are not what was hashed. */
  | 'record-altered'
  /** The hash that stands in the link is not the one that its record and its successor ask for. */
  | 'hash-altered'
  /** One of the two, and nothing after it tells which. */
  | 'record-or-hash-altered'
  /** A link names a record that is not there. */
  | 'record-missing'
  /** Numbers are left out within a chain. */
  | 'links-missing'
  /** Two rows for one place of a chain, or for one record. */
  | 'duplicated'
  /** A chain does not begin with its start record. */
  | 'start-missing'
  /** A later chain remembers more of this one than there is, or something else. */
  | 'chain-cut'
  /** A chain is shorter than a signed checkpoint says: its end was cut off. */
  | 'cut-after-checkpoint'
  /** A chain is not what it was at a checkpoint: it was written anew. */
  | 'checkpoint-differs'
  /** A line of the checkpoints was not signed by the audit key. */
  | 'checkpoint-forged'
  /** A checkpoint that does not follow the one before. */
  | 'checkpoint-out-of-line'
  /** A record stands in no chain and does not wait for one. */
  | 'record-unlinked'
  /** A waiting list entry without its record. */
  | 'pending-without-record'
  /** A chain was removed and nobody trusted says so, or says something else. */
  | 'tombstone-forged'
  /** A tombstone that does not follow the one before. */
  | 'tombstone-out-of-line'
  /** Links of a chain that was removed under retention. */
  | 'removed-chain-present'
  /** A line of an export that is none of its lines. */
  | 'export-line'
  /** A line of an export that is not in its place. */
  | 'export-order'
  /** An export without its end. */
  | 'export-truncated'
  /** The footer of an export was not signed by the audit key, or not for these lines. */
  | 'export-forged';

export interface AuditProblem {
  readonly kind: AuditProblemKind;
  /** Decimal numbers, where they are known. */
  readonly chain?: string;
  readonly seq?: string;
  readonly auditid?: string;
  /** In an export's file, from 1. */
  readonly line?: number;
  /** A sentence that names the place and what differs. */
  readonly detail: string;
}

export interface AuditVerdict {
  /** True when there is no problem at all. */
  readonly intact: boolean;
  readonly chains: number;
  /** Chains that were removed under retention, as their signed tombstones say. */
  readonly removed: number;
  /** Links that were recomputed. */
  readonly links: number;
  /** Records that were committed with their change and not linked yet; a running server, or the next start, links them. */
  readonly waiting: number;
  /** In the order found; at most `MOST_PROBLEMS`, the first of them first. */
  readonly problems: readonly AuditProblem[];
  readonly problemCount: number;
}

/** A database that was rewritten as a whole would otherwise fill the memory with its problems. */
export const MOST_PROBLEMS = 100;

/** Counts all problems and keeps the first. */
export class Findings {
  readonly problems: AuditProblem[] = [];
  count = 0;

  add(problem: AuditProblem): void {
    this.count += 1;
    if (this.problems.length < MOST_PROBLEMS) this.problems.push(problem);
  }
}
