import { CodedError } from '@cinnabar/core';
import type { CodeLedger, CodeReservation, OneTimeCode } from '@cinnabar/custody';
import { sqlStateOf } from '@cinnabar/persistence';
import type { DataSource } from 'typeorm';
import { retiredRootKeyOf } from '../root-keys/root-key-registry.ts';

interface Row {
  readonly code_id: string;
  readonly slot_id: string;
  readonly caller: string;
  readonly certid: string;
  readonly key_version: number;
  readonly slot_version: number;
  readonly signatures: number;
  readonly digests: readonly string[] | null;
  readonly expires_at: Date;
  readonly hmac_key_version: number;
  readonly salt: Buffer;
  readonly sealed_data_key: Buffer;
  readonly tries_left: number;
}

const COLUMNS = [
  ...['slot_id', 'caller', 'code_id', 'certid', 'key_version', 'slot_version', 'signatures', 'digests', 'expires_at'],
  ...['hmac_key_version', 'salt', 'sealed_data_key', 'tries_left', 'uses_left'],
];

/** The newest code of a slot and caller takes the former one's row: that one is withdrawn by the same statement. */
const PUT = `INSERT INTO one_time_code (${COLUMNS.join(', ')})
  VALUES (${COLUMNS.map((_, index) => `$${index + 1}`).join(', ')})
  ON CONFLICT (slot_id, caller) DO UPDATE SET ${COLUMNS.map((name) => `${name} = EXCLUDED.${name}`).join(', ')}`;

const RESERVE = `UPDATE one_time_code SET tries_left = tries_left - 1
  WHERE slot_id = $1 AND caller = $2 AND tries_left > 0 AND uses_left > 0
  RETURNING ${COLUMNS.join(', ')}`;

const CANCEL = 'UPDATE one_time_code SET tries_left = tries_left + 1 WHERE code_id = $1';

const USE = `UPDATE one_time_code SET tries_left = tries_left + 1, uses_left = uses_left - 1
  WHERE code_id = $1 AND uses_left > 0
  RETURNING code_id`;

/** SQLSTATE: the slot is gone. */
const FOREIGN_KEY_VIOLATION = '23503';

/** One-time codes in PostgreSQL: one statement each, committed by itself, so that all nodes share tries and uses. */
export class PostgresCodeLedger implements CodeLedger {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * @throws CodedError `refused-in-state` where the slot was replaced meanwhile, `hsm-not-available` where the code is
   * sealed by an HMAC key that was just retired
   */
  async put(code: OneTimeCode, tries: number): Promise<void> {
    const values = [
      ...[code.slotId, code.caller, code.codeId, code.certid, code.keyVersion, code.slotVersion, code.count],
      ...[code.digests ?? null, code.expiresAt, code.hmacKeyVersion],
      ...[Buffer.from(code.salt), Buffer.from(code.sealedDataKey), tries, code.count],
    ];
    try {
      await this.dataSource.query(PUT, values);
    } catch (error) {
      if (sqlStateOf(error) !== FOREIGN_KEY_VIOLATION) throw retiredRootKeyOf(error);
      throw new CodedError('refused-in-state', 'the codes were confirmed anew meanwhile; ask again', { cause: error });
    }
  }

  async reserve(slotId: string, caller: string): Promise<CodeReservation> {
    const [row] = await this.update<Row>(RESERVE, [slotId, caller]);
    return row === undefined
      ? { granted: false }
      : { granted: true, code: toOneTimeCode(row), triesLeft: row.tries_left };
  }

  async cancel(codeId: string): Promise<void> {
    await this.update(CANCEL, [codeId]);
  }

  async use(codeId: string): Promise<boolean> {
    return (await this.update(USE, [codeId])).length === 1;
  }

  /** TypeORM answers an UPDATE with its rows and their number. */
  private async update<Returned>(sql: string, values: readonly unknown[]): Promise<Returned[]> {
    const [rows] = await this.dataSource.query<[Returned[], number]>(sql, [...values]);
    return rows;
  }
}

function toOneTimeCode(row: Row): OneTimeCode {
  return {
    codeId: row.code_id,
    certid: row.certid,
    keyVersion: row.key_version,
    slotId: row.slot_id,
    slotVersion: row.slot_version,
    caller: row.caller,
    count: row.signatures,
    ...(row.digests === null ? {} : { digests: row.digests }),
    expiresAt: row.expires_at,
    hmacKeyVersion: row.hmac_key_version,
    salt: row.salt,
    sealedDataKey: row.sealed_data_key,
  };
}
