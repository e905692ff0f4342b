import type { KeyType } from '@cinnabar/custody';
import type { PreparedQueries } from '@cinnabar/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { KeyChanges } from '../key-store/key-changes.ts';
import { lockedSql } from '../key-store/postgres-attempt-ledger.ts';
import { CERTIFICATE_STANDING, SLOT_STANDING } from '../key-store/release-guard.ts';
import { RecentlyRead } from '../memory/recently-read.ts';
import { PREPARED_QUERIES, SETTINGS } from '../ports.ts';
import type { KeymanSettings } from '../settings/index.ts';
import type { RememberedCertificate, StoredCertificate } from './held-certificate.ts';

interface Row {
  certid: string;
  userid: string;
  orgaid: string;
  name: string;
  disabled: boolean;
  owner_disabled: boolean;
  version: number;
  revoked: boolean | null;
  valid_from: Date | null;
  valid_to: Date | null;
  subject_cn: string | null;
  issuer_cn: string | null;
  serial: string | null;
  fingerprint_sha1: string | null;
  key_type: KeyType;
  public_key_spki: Buffer;
  slot_id: string | null;
  slot_version: number;
  key_version: number;
  locked: boolean;
  covered: boolean | null;
  certificate_standing: string;
  slot_standing: string;
}

/** Old entries do no harm, since they are checked when something is released; the limit keeps what nobody uses from staying. */
const REMEMBERED = { entries: 10_000, ageMs: 60_000 };

/** The hot path's one query: a certificate and the slot that `holder` opens it with. */
@Injectable()
export class HeldCertificateRepository {
  private readonly sql: string;
  private readonly memory = new RecentlyRead<RememberedCertificate>(REMEMBERED);

  constructor(
    @Inject(PREPARED_QUERIES) private readonly queries: PreparedQueries,
    @Inject(SETTINGS) settings: KeymanSettings,
    changes: KeyChanges,
  ) {
    // Of several delegations the one that is for the operation and of this time; custody refuses one that is not.
    this.sql = `SELECT c.certid, c.userid, c.orgaid, c.name, c.disabled, u.disabled AS owner_disabled, c.version, c.revoked, c.valid_from, c.valid_to, c.subject_cn, c.issuer_cn,
        c.serial, c.fingerprint_sha1, c.key_type, c.public_key_spki, ${CERTIFICATE_STANDING} AS certificate_standing, s.*
      FROM certificate c JOIN keyman_user u ON u.userid = c.userid LEFT JOIN LATERAL (
        SELECT s.slot_id, s.version AS slot_version, s.key_version, ${lockedSql(settings.attemptLimits)} AS locked, ${SLOT_STANDING} AS slot_standing,
            ($3::text IS NULL OR s.operations = '{}' OR $3 = ANY (s.operations)) AS covered
          FROM key_slot s
         WHERE s.certid = c.certid AND s.holder = $2 AND s.kind IN ('pin', 'delegate')
         ORDER BY s.kind = 'pin' DESC, covered DESC, (now() >= coalesce(s.valid_from, '-infinity') AND now() < coalesce(s.valid_to, 'infinity')) DESC, s.slot_id
         LIMIT 1) AS s ON true
      WHERE c.certid = $1`;
    changes.onChange((certid) => {
      if (certid === undefined) this.memory.clear();
      else this.memory.forgetWhere((certificate) => certificate.certid === certid);
    });
  }

  /** @param operation what the slot is to be used for, by the contract's name; undefined: for itself */
  async find(certid: string, holder: string, operation?: string): Promise<StoredCertificate | undefined> {
    const [row] = await this.queries.query<Row>({
      name: 'held-certificate',
      text: this.sql,
      values: [certid.toUpperCase(), holder, operation],
    });
    const certificate = row === undefined ? undefined : toStored(row, holder, operation);
    if (operation !== undefined) this.remember(memoryKey(certid, holder, operation), certificate, row);
    return certificate;
  }

  /** As it was found a moment ago for someone who could use it; to be used under its guard alone. */
  remembered(certid: string, holder: string, operation: string): RememberedCertificate | undefined {
    return this.memory.get(memoryKey(certid, holder, operation));
  }

  private remember(key: string, certificate: StoredCertificate | undefined, row: Row | undefined): void {
    const ticket = certificate?.ticket;
    if (
      row === undefined ||
      certificate === undefined ||
      ticket === undefined ||
      ticket.locked ||
      !certificate.covered
    ) {
      this.memory.forget(key);
      return;
    }
    const { certid, version, slot_version, certificate_standing, slot_standing } = row;
    const guard = {
      certid,
      certificateVersion: version,
      slotId: ticket.slotId,
      slotVersion: slot_version,
      certificateStanding: certificate_standing,
      slotStanding: slot_standing,
    };
    this.memory.keep(key, { ...certificate, ticket, guard });
  }
}

/** Only the last part is a caller's to choose; the others hold no line end, so no two lists share a key. */
function memoryKey(certid: string, holder: string, operation: string): string {
  return `${operation}\n${holder}\n${certid.toUpperCase()}`;
}

function toStored(row: Row, holder: string, operation: string | undefined): StoredCertificate {
  return {
    certid: row.certid,
    userid: row.userid,
    orgaid: row.orgaid,
    name: row.name,
    disabled: row.disabled,
    ownerDisabled: row.owner_disabled,
    version: row.version,
    revoked: row.revoked,
    validFromAt: row.valid_from,
    validToAt: row.valid_to,
    subjectCn: row.subject_cn,
    issuerCn: row.issuer_cn,
    serial: row.serial,
    fingerprintSha1: row.fingerprint_sha1,
    keyType: row.key_type,
    publicKeySpkiDer: row.public_key_spki,
    holder,
    operation,
    ticket:
      row.slot_id === null
        ? undefined
        : {
            certid: row.certid,
            slotId: row.slot_id,
            slotVersion: row.slot_version,
            keyVersion: row.key_version,
            locked: row.locked,
          },
    covered: row.covered === true,
  };
}
