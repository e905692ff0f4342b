import type { SqlRunner } from '@cinnabar/persistence';
import { type AuditRow, selectCanonical } from '../record/record-columns.ts';
import { type AuditQuery, conditionOf } from './audit-query.ts';

/** One record as it is answered: the members of the manual's Audit object (section 11.4), and ours. */
export interface AuditRecord {
  readonly auditid: number;
  /** ISO 8601 in UTC with six decimals. */
  readonly date: string;
  readonly ip: string | null;
  readonly host: string | null;
  readonly certid: string | null;
  readonly certsha1sum: string | null;
  readonly serial: string | null;
  readonly certidorig: string | null;
  readonly orgaid: string | null;
  readonly category: string;
  readonly action: string;
  readonly actiondata: string | null;
  readonly success: boolean;
  readonly app: string | null;
  readonly oper: string | null;
  readonly userid: string | null;
  readonly impersonator: string | null;
  readonly location: string | null;
  readonly module: string | null;
  readonly modver: string | null;
  readonly data: string | null;
  readonly info: string | null;
  readonly errorCode: string | null;
  readonly traceid: string | null;
}

export interface AuditPage {
  readonly records: readonly AuditRecord[];
  readonly page: {
    readonly id: number;
    readonly itemspage: number;
    readonly numpages: number;
    readonly totalitems: number;
  };
}

/** Lists records for people who look something up. It proves nothing; `verifyAudit` does. */
export class AuditReader {
  readonly #runner: SqlRunner;

  constructor(runner: SqlRunner) {
    this.#runner = runner;
  }

  /** A page of the records that match and that the caller may see, newest first. */
  async list(query: AuditQuery): Promise<AuditPage> {
    const { id, itemspage } = query.page;
    const { text, values } = conditionOf(query);
    const counted = (await this.#runner.query(`SELECT count(*)::int AS total FROM audit_record WHERE ${text}`, [
      ...values,
    ])) as { total: number }[];
    const totalitems = counted[0]?.total ?? 0;
    const rows = (await this.#runner.query(
      `SELECT ${selectCanonical('audit_record')} FROM audit_record WHERE ${text}
        ORDER BY audit_record.recorded_at DESC, audit_record.auditid DESC
        LIMIT $${values.length + 1} OFFSET $${values.length + 2}`,
      [...values, itemspage, (id - 1) * itemspage],
    )) as AuditRow[];
    return {
      records: rows.map(toRecord),
      page: { id, itemspage, numpages: Math.ceil(totalitems / itemspage), totalitems },
    };
  }
}

function toRecord(row: AuditRow): AuditRecord {
  return {
    auditid: Number(row.auditid),
    date: row.recorded_at ?? '',
    ip: row.ip,
    host: row.host,
    certid: row.certid,
    certsha1sum: row.certsha1sum,
    serial: row.serial,
    certidorig: row.certidorig,
    orgaid: row.orgaid,
    category: row.category ?? '',
    action: row.action ?? '',
    actiondata: row.actiondata,
    success: row.success === 'true',
    app: row.app,
    oper: row.oper,
    userid: row.userid,
    impersonator: row.impersonator,
    location: row.location,
    module: row.module,
    modver: row.modver,
    data: row.data,
    info: row.info,
    errorCode: row.error_code,
    traceid: row.traceid,
  };
}
