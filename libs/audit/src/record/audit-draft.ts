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
  const row: Record<RecordColumnName, string | null> = {
    ...textsOf(draft),
    auditid: identity.auditid,
    process: identity.process,
    recorded_at: identity.recordedAt,
    success: draft.success ? 'true' : 'false',
  };
  for (const { name, maxLength } of TEXT_COLUMNS) {
    const text = row[name];
    if (text !== null) row[name] = cleanText(text, maxLength);
  }
  return row;
}

const TEXT_COLUMNS = RECORD_COLUMNS.filter((column) => column.kind === 'text');

function textsOf(draft: AuditDraft): Record<TextColumn, string | null> {
  return {
    ip: draft.ip ?? null,
    host: draft.host ?? null,
    certid: draft.certid ?? null,
    certsha1sum: draft.certsha1sum ?? null,
    serial: draft.serial ?? null,
    certidorig: draft.certidorig ?? null,
    orgaid: draft.orgaid ?? null,
    category: draft.category,
    action: draft.action,
    actiondata: draft.actiondata ?? null,
    app: draft.app ?? null,
    oper: draft.oper ?? null,
    userid: draft.userid ?? null,
    location: draft.location ?? null,
    module: draft.module ?? null,
    modver: draft.modver ?? null,
    data: draft.data ?? null,
    info: draft.info ?? null,
    impersonator: draft.impersonator ?? null,
    error_code: draft.errorCode ?? null,
    traceid: draft.traceid ?? null,
  };
}
