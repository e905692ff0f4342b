import type { AuditRow } from '../record/record-columns.ts';
import type { GuardCheck, Guards } from './key-guard.ts';

/** What is wrong with a guard that does not hold any more: the key's, or the session's. */
export type StaleGuard = 'stale' | 'session-ended';

/** How it ended: sealed as drafted, or (see {@link Guards}) as a refusal or not at all because a guard did not hold. */
export type SealVerdict = 'sealed' | StaleGuard;

/** A record on its way into the chain. */
export interface SealItem {
  /** `draft`: written together with its link. `committed`: stands in `audit_record` already and waits in `audit_pending`. */
  readonly source: 'draft' | 'committed';
  readonly row: AuditRow;
  readonly guards: Guards;
  readonly verdict: SealVerdict;
  /** After a lock timeout this record goes alone, so that others do not wait with it. */
  readonly goesAlone: boolean;
  /** The hash of every attempt to link it, by which it is recognised after a lost answer. */
  readonly attemptedHashes: Uint8Array[];
  /** By `performance.now()`: until when its operation waits. */
  readonly deadlineMs: number;
  readonly settle: (result: SealVerdict | Error) => void;
}

/** Is there anything that must still hold? */
export function isGuarded({ guards: { keys = [], session } }: SealItem): boolean {
  return keys.length > 0 || session !== undefined;
}

/** The same record as a refusal: nothing is guarded any more, since refusing is always safe. */
export function refused(item: SealItem, verdict: StaleGuard, check: GuardCheck): SealItem {
  const { info, errorCode } = (verdict === 'stale' ? check.keys : check.sessions).refusal;
  const row: AuditRow = { ...item.row, success: 'false', info, error_code: errorCode };
  return { ...item, row, guards: {}, verdict, goesAlone: false };
}

export function auditidOf(item: SealItem): string {
  return item.row.auditid ?? '';
}
