import type { Clock } from '@cinnabar/core';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { lockedSql } from '../key-store/postgres-attempt-ledger.ts';
import { CLOCK, SETTINGS } from '../ports.ts';
import type { KeymanSettings } from '../settings/index.ts';
import type { CodeStanding } from './code-standing.ts';

interface Row {
  certid: string;
  orgaid: string;
  name: string;
  subject_cn: string | null;
  owner: string;
  owner_orgaid: string;
  email: string | null;
  phone: string | null;
  ident: string | null;
  lang: string | null;
  owner_disabled: boolean;
  role: 'owner' | 'delegate' | null;
  slot_id: string | null;
  version: number;
  key_version: number;
  suspended: boolean;
  locked: boolean;
}

/** Whose certificate it is: by his very ident or address, in any case. */
export interface OwnerName {
  readonly ident?: string | undefined;
  readonly email?: string | undefined;
}

/** Certificates that one name may stand for; an address may be that of a whole office. */
const NAMED_MAX = 100;

/** A delegate's slot counts within its dates, and for the operations that it is for; asking for a code is none of them. */
const ROLE = `CASE WHEN c.userid = $2 THEN 'owner' WHEN EXISTS (
    SELECT FROM key_slot d WHERE d.certid = c.certid AND d.holder = $2 AND d.kind = 'delegate' AND d.suspended_at IS NULL
       AND $3 >= coalesce(d.valid_from, '-infinity') AND $3 < coalesce(d.valid_to, 'infinity')
       AND ($4::text IS NULL OR d.operations = '{}' OR $4 = ANY (d.operations))) THEN 'delegate' END`;

/** Reads what codes depend on. */
@Injectable()
export class CodeStandingRepository {
  private readonly select: string;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) settings: KeymanSettings,
  ) {
    this.select = `SELECT c.certid, c.orgaid, c.name, c.subject_cn, u.userid AS owner, u.orgaid AS owner_orgaid,
        u.email, u.phone, u.ident, u.lang, u.disabled AS owner_disabled, ${ROLE} AS role,
        s.slot_id, s.version, s.key_version, s.suspended_at IS NOT NULL AS suspended, ${lockedSql(settings.attemptLimits)} AS locked
      FROM certificate c JOIN keyman_user u ON u.userid = c.userid
      LEFT JOIN key_slot s ON s.certid = c.certid AND s.kind = 'code'`;
  }

  /** @param operation what a delegate would do with the code, by the contract's name; undefined: ask for one */
  async find(certid: string, callerid: string, operation: string | undefined): Promise<CodeStanding | undefined> {
    const [found] = await this.query('c.certid = $1', [certid.toUpperCase()], callerid, operation);
    return found;
  }

  /** Certificates of the users whom the name fits that could be used now, by certid. */
  async ownedBy({ ident, email }: OwnerName, callerid: string): Promise<CodeStanding[]> {
    return this.query(
      `($1::text IS NULL OR lower(u.ident) = lower($1)) AND ($5::text IS NULL OR lower(u.email) = lower($5))
        AND NOT u.disabled AND NOT c.disabled AND c.revoked IS NOT TRUE AND c.valid_from <= $3 AND c.valid_to >= $3
        ORDER BY c.certid LIMIT ${NAMED_MAX}`,
      [ident ?? null, email ?? null],
      callerid,
      undefined,
    );
  }

  private async query(
    condition: string,
    [first, ...others]: readonly (string | null)[],
    callerid: string,
    operation: string | undefined,
  ): Promise<CodeStanding[]> {
    const values = [first, callerid, this.clock.now(), operation ?? null, ...others];
    const rows: Row[] = await this.dataSource.query(`${this.select} WHERE ${condition}`, values);
    return rows.map(toCodeStanding);
  }
}

function toCodeStanding(row: Row): CodeStanding {
  const { certid, orgaid, name, slot_id: slotId, suspended, locked } = row;
  const ticket = { certid, slotVersion: row.version, keyVersion: row.key_version, locked };
  return {
    certid,
    orgaid,
    name,
    subjectCn: row.subject_cn,
    owner: {
      userid: row.owner,
      orgaid: row.owner_orgaid,
      email: row.email,
      phone: row.phone,
      ident: row.ident,
      lang: row.lang,
    },
    ownerDisabled: row.owner_disabled,
    role: row.role ?? undefined,
    slot: slotId === null ? undefined : { ticket: { ...ticket, slotId }, suspended },
  };
}
