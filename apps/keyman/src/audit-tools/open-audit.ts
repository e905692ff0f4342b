import { existsSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { AuditTrail } from '@cinnabar/audit';
import { readSettings } from '@cinnabar/config';
import { systemClock } from '@cinnabar/core';
import { openAuditSigningKey, type AuditSigningKey } from '@cinnabar/custody/pkcs11';
import { openDatabase, startRefusal, type OpenDatabase } from '@cinnabar/persistence';
import { DECLARED } from '../settings/declarations.ts';
import { pkcs11Settings } from '../token-settings.ts';

/** Only what tells where the audit and its key are: a slip in another setting must not be in the way. */
const SETTINGS = {
  home: DECLARED.home,
  databaseUrl: DECLARED.databaseUrl,
  migrationUrl: DECLARED.migrationUrl,
  pkcs11Module: DECLARED.pkcs11Module,
  pkcs11Token: DECLARED.pkcs11Token,
  pkcs11PinPath: DECLARED.pkcs11PinPath,
  wrappingMechanism: DECLARED.wrappingMechanism,
  signingSessions: DECLARED.signingSessions,
  retentionDays: DECLARED.retentionDays,
};

/** One record after the other: no batches form. */
const SEALER = { batchRecords: 16, lingerMs: 0, busyOperations: 1, queueRecords: 1_000, timeoutMs: 30_000 };

/** The audit as a tool works on it, beside a running keyman or alone. */
export interface OpenAudit {
  readonly database: OpenDatabase;
  readonly signer: AuditSigningKey;
  /** Writes the tool's own records, in a chain of its own. */
  readonly trail: AuditTrail;
  readonly retentionDays: number | undefined;
  /** Who works with the tool, as far as the operating system tells. */
  readonly by: string;
  close(): Promise<void>;
}

/** @throws SettingsProblem, or CodedError with a sentence for the operator */
export async function openAudit(program: string): Promise<OpenAudit> {
  const read = readSettings(SETTINGS, process.env);
  const settings = { ...read, home: resolve(read.home) };
  if (settings.databaseUrl === undefined && !existsSync(join(settings.home, 'pg'))) {
    throw startRefusal(`There is no database under ${settings.home}: set CINNABAR_HOME or DATABASE_URL.`);
  }
  const database = await openDatabase({ ...settings, program, isServer: false, database: 'keyman', migrations: [] });
  try {
    const signer = await openAuditSigningKey(await pkcs11Settings(settings));
    if (signer.made) {
      throw startRefusal(`The HSM had no key ${signer.label}: is it the one that keyman works with (PKCS11_…)?`);
    }
    const trail = await AuditTrail.open({ address: database.server, clock: systemClock, sealer: SEALER });
    const close = async (): Promise<void> => {
      await trail.close();
      await database.close();
    };
    return { database, signer, trail, retentionDays: settings.retentionDays, by: operator(), close };
  } catch (error) {
    await database.close();
    throw error;
  }
}

function operator(): string {
  // A container may run under a number that has no name.
  let name = String(process.getuid?.() ?? 'unknown');
  try {
    name = userInfo().username;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
  const behind = process.env['SUDO_USER'];
  return `${name}${behind === undefined ? '' : ` (sudo, ${behind})`}@${hostname()}`;
}
