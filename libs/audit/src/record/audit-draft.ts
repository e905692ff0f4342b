import { cleanText } from './clean-text.ts';
import { type AuditRow, RECORD_COLUMNS, type RecordColumnName, type TextColumn } from './record-columns.ts';

type Text = string | null | undefined;

/**
 * What an operation says about itself: the manual's Audit object (section 11.4) without `auditid` and `date`, which the
 * trail adds. Callers' text may be passed as it came: it is cleaned and cut. No secret may stand in any member.
 */
export interface AuditDraft {
  readonly category: string;
  readonly action: string;
  readonly success: boolean;
  readonly ip?: Text;
  readonly host?: Text;
  readonly certid?: Text;
  /** SHA-1 of the certificate, hex. */
  readonly certsha1sum?: Text;
  readonly serial?: Text;
  readonly certidorig?: Text;
  readonly orgaid?: Text;
  /** The hash's name, the profile or the like. */
  readonly actiondata?: Text;
  readonly app?: Text;
  /** Who did it. */
  readonly oper?: Text;
  /** On whom it was done. */
  readonly userid?: Text;
  readonly location?: Text;
  readonly module?: Text;
  readonly modver?: Text;
  readonly data?: Text;
  readonly info?: Text;
  readonly impersonator?: Text;
  /** The facade's code, e.g. `K0009`; absent on success. */
  readonly errorCode?: Text;
  readonly traceid?: Text;
}

export interface RecordIdentity {
  readonly auditid: string;
  /** The writing process, by the number of its chain. */
  readonly process: string;
  /** ISO 8601, UTC, six decimals. */
  readonly recordedAt: string;
}

/** The row that a draft becomes: what is stored and what is hashed are the same texts. */
export function toRow(draft: AuditDraft, identity: RecordIdentity): AuditRow {
  const given: Record<RecordColumnName, Text> = {
    ...textsOf(draft),
    auditid: identity.auditid,
    process: identity.process,
    recorded_at: identity.recordedAt,
    success: String(draft.success),
  };
  return Object.fromEntries(
    RECORD_COLUMNS.map((column) => {
      const value = given[column.name] ?? null;
      return [column.name, value === null || column.kind !== 'text' ? value : cleanText(value, column.maxLength)];
    }),
  ) as AuditRow;
}

function textsOf(draft: AuditDraft): Record<TextColumn, Text> {
  return {
    ip: draft.ip,
    host: draft.host,
    certid: draft.certid,
    certsha1sum: draft.certsha1sum,
    serial: draft.serial,
    certidorig: draft.certidorig,
    orgaid: draft.orgaid,
    category: draft.category,
    action: draft.action,
    actiondata: draft.actiondata,
    app: draft.app,
    oper: draft.oper,
    userid: draft.userid,
    location: draft.location,
    module: draft.module,
    modver: draft.modver,
    data: draft.data,
    info: draft.info,
    impersonator: draft.impersonator,
    error_code: draft.errorCode,
    traceid: draft.traceid,
  };
}
