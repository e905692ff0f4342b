import { CodedError } from '@cinnabar/core';
import type { RootKey, RootKeyKind } from '@cinnabar/custody/pkcs11';
import { sqlStateOf, type SqlRunner } from '@cinnabar/persistence';

/** How many keys (`kek`), or slots and waiting one-time codes (`hmac`), name a root key. */
export interface RootKeyUse {
  readonly kind: RootKeyKind;
  readonly version: number;
  readonly uses: number;
}

/** A root key as the database remembers it. */
export interface RegisteredRootKey {
  readonly kind: RootKeyKind;
  readonly version: number;
  readonly checkValue: Buffer | null;
  readonly retiredAt: Date | null;
}

/** What a `certificate` or `key_slot` row says when it would be stored under a retired root key (see the migration). */
const RETIRED_STATE = 'RK001';
/** Held alone by whoever retires a root key, shared by whoever stores under one (see the migration). */
const ROOT_KEY_LOCK = 0x43_49_4e_4b;

/** Every row that names a root key, by kind. A spec compares it with the schema: what is not counted here could be lost. */
const USES = `
  SELECT 'kek' AS kind, kek_version AS version, count(*)::int AS uses
    FROM certificate WHERE kek_version IS NOT NULL GROUP BY kek_version
  UNION ALL
  SELECT 'hmac', version, count(*)::int
    FROM (SELECT (kdf->>'hmacKeyVersion')::int AS version FROM key_slot
          UNION ALL
          SELECT hmac_key_version FROM one_time_code WHERE expires_at > now()) AS sealed
   GROUP BY version`;

/** All root keys that something in the database names. */
export async function rootKeyUses(database: SqlRunner): Promise<readonly RootKeyUse[]> {
  return (await database.query(`SELECT * FROM (${USES}) AS use ORDER BY kind DESC, version`)) as RootKeyUse[];
}

export async function registeredRootKeys(database: SqlRunner): Promise<readonly RegisteredRootKey[]> {
  return (await database.query(
    'SELECT kind, version, check_value AS "checkValue", retired_at AS "retiredAt" FROM root_key ORDER BY kind DESC, version',
  )) as RegisteredRootKey[];
}

/** Remembers what is on the token. A check value that is there already stays. */
export async function registerRootKeys(transaction: SqlRunner, keys: readonly RootKey[], now: Date): Promise<void> {
  for (const { kind, version, checkValue } of keys) {
    await transaction.query(
      `INSERT INTO root_key AS known (kind, version, check_value, first_seen_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (kind, version) DO UPDATE SET check_value = excluded.check_value WHERE known.check_value IS NULL`,
      [kind, version, checkValue === undefined ? null : Buffer.from(checkValue), now],
    );
  }
}

/**
 * Waits for everybody who is storing something under a root key, and makes others wait until this transaction ends. What
 * is counted after it stays so.
 */
export async function lockRootKeys(transaction: SqlRunner): Promise<void> {
  await transaction.query('SELECT pg_advisory_xact_lock($1)', [ROOT_KEY_LOCK]);
}

/** From this transaction's commit on nothing can be stored under the key, whoever tries. */
export async function retireRootKey(
  transaction: SqlRunner,
  kind: RootKeyKind,
  version: number,
  now: Date,
): Promise<void> {
  await transaction.query(
    `INSERT INTO root_key AS known (kind, version, first_seen_at, retired_at) VALUES ($1, $2, $3, $3)
     ON CONFLICT (kind, version) DO UPDATE SET retired_at = coalesce(known.retired_at, excluded.retired_at)`,
    [kind, version, now],
  );
}

/** A refusal to store under a retired root key as a caller may see it: this node has not heard yet, and will. */
export function retiredRootKeyOf(error: unknown): unknown {
  if (sqlStateOf(error) !== RETIRED_STATE) return error;
  return new CodedError('hsm-not-available', "the HSM's keys were changed meanwhile, try again", { cause: error });
}
