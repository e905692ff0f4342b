import { systemClock } from '@cinnabar/core';
import {
  initialiseToken,
  listRootKeys,
  openAuditSigningKey,
  type AuditSigningKey,
  type Pkcs11Settings,
  type RootKey,
} from '@cinnabar/custody/pkcs11';
import { startRefusal, type SqlRunner } from '@cinnabar/persistence';
import type { DataSource } from 'typeorm';
import { registeredRootKeys, registerRootKeys, rootKeyUses, type RootKeyUse } from './root-key-registry.ts';
import { countText, labelOf, missingText, tokenFit } from './token-fit.ts';

/** Nodes on one token take turns in making its root keys; PKCS#11 itself knows no uniqueness. */
const TOKEN_LOCK = 0x43_49_4e_54;

export interface TokenNotices {
  /** What was made. */
  readonly progress: (line: string) => void;
  /** What cannot be used as it should. */
  readonly warn: (line: string) => void;
}

/** Runs `work` while nobody else makes or destroys keys of the token. */
export function inTokenTurn<Result>(
  dataSource: DataSource,
  work: (transaction: SqlRunner) => Promise<Result>,
): Promise<Result> {
  return dataSource.transaction(async (manager) => {
    await manager.query('SELECT pg_advisory_xact_lock($1)', [TOKEN_LOCK]);
    return work(manager);
  });
}

/**
 * Makes the keys that a new token lacks, and makes sure that a token which is not new is the one that this database was
 * used with. On another one every right PIN would be wrong, and would be counted. Returns the key that signs the audit.
 * @throws CodedError with a sentence for the operator
 */
export function prepareToken(
  dataSource: DataSource,
  token: Pkcs11Settings,
  notices: TokenNotices,
): Promise<AuditSigningKey> {
  return inTokenTurn(dataSource, async (transaction) => {
    const uses = await rootKeyUses(transaction);
    refuseEmptyToken(await listRootKeys(token), uses);
    for (const label of await initialiseToken(token)) notices.progress(`HSM: key ${label} made`);
    const onToken = await listRootKeys(token);
    const fit = tokenFit(onToken, await registeredRootKeys(transaction), uses);
    if (fit.strangers.length > 0) {
      throw startRefusal(
        `The token is not the one that this database was used with: its ${fit.strangers.join(', ')} are other keys of that name. Restore token and database that belong together.`,
      );
    }
    for (const missing of fit.missing) notices.warn(`HSM: ${missingText(missing)}. Restore the token that has it.`);
    await registerRootKeys(transaction, onToken, systemClock.now());
    const auditKey = await openAuditSigningKey(token);
    if (auditKey.made) notices.progress(`HSM: key ${auditKey.label} made`);
    return auditKey;
  });
}

/** Root keys are made for an empty database only: new ones of the old numbers would take every right PIN for a wrong one. */
function refuseEmptyToken(onToken: readonly RootKey[], uses: readonly RootKeyUse[]): void {
  const lacking = uses.filter(({ kind }) => !onToken.some((key) => key.kind === kind));
  const [first] = lacking;
  if (first === undefined) return;
  const named = lacking.map(
    ({ kind, version, uses: count }) => `${labelOf(kind, version)} (${countText(kind, count)})`,
  );
  throw startRefusal(
    `The token has no root keys, but the database names ${named.join(', ')}. Restore the token that belongs to this database.`,
  );
}
