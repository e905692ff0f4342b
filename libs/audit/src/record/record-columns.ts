/** How a column's value is written as text, which is what the hash covers and what the driver carries. */
type ColumnKind = 'bigint' | 'timestamptz' | 'boolean' | 'text';

interface Column {
  /** Name in the table `audit_record`. */
  readonly name: string;
  readonly kind: ColumnKind;
  /** Longest text in characters (code points); what is longer is cut. */
  readonly maxLength?: number;
}

/**
 * The columns of `audit_record` in the order in which they are hashed: the manual's Audit object (section 11.4), then ours.
 * Changing anything here changes every hash from then on: it takes a new encoding version.
 */
export const RECORD_COLUMNS = [
  { name: 'auditid', kind: 'bigint' },
  { name: 'process', kind: 'bigint' },
  { name: 'recorded_at', kind: 'timestamptz' },
  { name: 'ip', kind: 'text', maxLength: 64 },
  { name: 'host', kind: 'text', maxLength: 255 },
  { name: 'certid', kind: 'text', maxLength: 64 },
  { name: 'certsha1sum', kind: 'text', maxLength: 64 },
  { name: 'serial', kind: 'text', maxLength: 128 },
  { name: 'certidorig', kind: 'text', maxLength: 64 },
  { name: 'orgaid', kind: 'text', maxLength: 255 },
  { name: 'category', kind: 'text', maxLength: 64 },
  { name: 'action', kind: 'text', maxLength: 64 },
  { name: 'actiondata', kind: 'text', maxLength: 1024 },
  { name: 'success', kind: 'boolean' },
  { name: 'app', kind: 'text', maxLength: 255 },
  { name: 'oper', kind: 'text', maxLength: 255 },
  { name: 'userid', kind: 'text', maxLength: 255 },
  { name: 'location', kind: 'text', maxLength: 1024 },
  { name: 'module', kind: 'text', maxLength: 128 },
  { name: 'modver', kind: 'text', maxLength: 64 },
  { name: 'data', kind: 'text', maxLength: 4096 },
  { name: 'info', kind: 'text', maxLength: 4096 },
  { name: 'impersonator', kind: 'text', maxLength: 255 },
  { name: 'error_code', kind: 'text', maxLength: 32 },
  { name: 'traceid', kind: 'text', maxLength: 64 },
] as const satisfies readonly Column[];

export type RecordColumn = (typeof RECORD_COLUMNS)[number];
export type RecordColumnName = RecordColumn['name'];

/** Columns whose text comes from outside. */
export type TextColumn = Extract<RecordColumn, { kind: 'text' }>['name'];

/** One record: a text or null for every column. Numbers are decimal, booleans `true`/`false`, times ISO with six decimals. */
export type AuditRow = Readonly<Record<RecordColumnName, string | null>>;

/** `expressions AS name, …` that read a record exactly in the form that was hashed. `table` is an alias of ours. */
export function selectCanonical(table: string): string {
  return RECORD_COLUMNS.map((column) => `${canonical(table, column)} AS ${column.name}`).join(', ');
}

function canonical(table: string, { name, kind }: RecordColumn): string {
  const value = `${table}.${name}`;
  switch (kind) {
    case 'timestamptz':
      return `to_char(${value} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
    case 'bigint':
    case 'boolean':
      return `${value}::text`;
    case 'text':
      return value;
  }
}
