import type { AuditRow } from '../record/record-columns.ts';
import type { GuardCheck, KeyGuard } from './key-guard.ts';

/** How it ended: sealed as drafted, or sealed as a refusal because a guard did not hold any more. */
export type SealVerdict = 'sealed' | 'stale';

/** A record on its way into the chain. */
export interface SealItem {
  /** `draft`: written together with its link. `committed`: stands in `audit_record` already and waits in `audit_pending`. */
  readonly source: 'draft' | 'committed';
  readonly row: AuditRow;
  readonly guards: readonly KeyGuard[];
  readonly verdict: SealVerdict;
  /** After a lock timeout this record goes alone, so that others do not wait with it. */
  readonly goesAlone: boolean;
  /** The hash of every attempt to link it, by which it is recognised after a lost answer. */
  readonly attemptedHashes: Uint8Array[];
  /** By `performance.now()`: until when its operation waits. */
  readonly deadlineMs: number;
  readonly settle: (result: SealVerdict | Error) => void;
}

/** The same record as a refusal: nothing is guarded any more, since refusing is always safe. */
export function refused(item: SealItem, { info, errorCode }: GuardCheck['refusal']): SealItem {
  const row: AuditRow = { ...item.row, success: 'false', info, error_code: errorCode };
  return { ...item, row, guards: [], verdict: 'stale', goesAlone: false };
}

export function auditidOf(item: SealItem): string {
  return item.row.auditid ?? '';
}
