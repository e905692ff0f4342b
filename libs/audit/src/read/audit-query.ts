import { likePattern } from '@cinnabar/persistence';

/** Whose records may be seen: one's own (as the one who did it or on whom it was done) and those of organisations. */
export interface AuditVisibility {
  readonly ownOf: string;
  readonly organisations: readonly string[];
}

/** Texts match the whole value in any case; `*` stands for any characters (contract, "Page"). */
export interface AuditFilter {
  readonly userid?: string | undefined;
  readonly oper?: string | undefined;
  readonly category?: string | undefined;
  readonly action?: string | undefined;
  readonly certid?: string | undefined;
  readonly serial?: string | undefined;
  readonly module?: string | undefined;
  readonly success?: boolean | undefined;
}

export interface AuditQuery {
  readonly visibility: AuditVisibility;
  /** Both ends count, to the millisecond. */
  readonly startAt: Date;
  readonly endAt: Date;
  /** Matches whoever did it or on whom it was done. */
  readonly foruser?: string | undefined;
  readonly filter?: AuditFilter | undefined;
  /** `id` counts from 1. */
  readonly page: { readonly id: number; readonly itemspage: number };
}

export interface SqlCondition {
  /** Joined by AND; parameters are `$1` … in `values`. */
  readonly text: string;
  readonly values: readonly unknown[];
}

const TEXT_FILTERS = ['userid', 'oper', 'category', 'action', 'certid', 'serial', 'module'] as const;

/** The WHERE clause of a query. Callers' texts are parameters, never part of the statement. */
export function conditionOf({ visibility, startAt, endAt, foruser, filter = {} }: AuditQuery): SqlCondition {
  const values: unknown[] = [];
  const parameter = (value: unknown, type: string): string => `$${values.push(value)}::${type}`;
  const matches = (column: string, wanted: string): string => {
    if (!wanted.includes('*')) return `lower(${column}) = lower(${parameter(wanted, 'text')})`;
    return `${column} ILIKE ${parameter(likePattern(wanted), 'text')}`;
  };
  const own = parameter(visibility.ownOf, 'text');
  const seen = [`lower(userid) = lower(${own})`, `lower(oper) = lower(${own})`];
  if (visibility.organisations.length > 0) seen.push(`orgaid = ANY (${parameter(visibility.organisations, 'text[]')})`);

  const conditions = [
    `recorded_at >= ${parameter(startAt.toISOString(), 'timestamptz')}`,
    // Stored to the microsecond: the whole last millisecond belongs to the range.
    `recorded_at < ${parameter(endAt.toISOString(), 'timestamptz')} + interval '1 millisecond'`,
    `(${seen.join(' OR ')})`,
  ];
  if (foruser !== undefined) conditions.push(`(${matches('userid', foruser)} OR ${matches('oper', foruser)})`);
  for (const name of TEXT_FILTERS) {
    const wanted = filter[name];
    if (wanted !== undefined) conditions.push(matches(name, wanted));
  }
  if (filter.success !== undefined) conditions.push(`success = ${parameter(filter.success, 'boolean')}`);
  return { text: conditions.join(' AND '), values };
}
