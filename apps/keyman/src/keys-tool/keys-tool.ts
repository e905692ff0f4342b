import { AUDIT_TABLES, AuditTrail, type AuditDraft } from '@cinnabar/audit';
import { CodedError, systemClock } from '@cinnabar/core';
import type { Pkcs11Settings } from '@cinnabar/custody/pkcs11';
import { KEYMAN_ERRORS } from '@cinnabar/keyman-api';
import { connectDataSource, openDatabase, requireAppendOnly } from '@cinnabar/persistence';
import { hostname, userInfo } from 'node:os';
import type { DataSource } from 'typeorm';
import { FIRST_ORGANISATION } from '../first-start.ts';
import { OrganisationEntity } from '../orga/organisation.entity.ts';
import { existingPkcs11Settings } from '../token-settings.ts';
import type { KeymanSettings } from '../settings/index.ts';
import { UserEntity } from '../user/user.entity.ts';

/** What a command works with. */
export interface KeysTool {
  readonly settings: KeymanSettings;
  readonly dataSource: DataSource;
  readonly token: Pkcs11Settings;
  readonly auditTrail: AuditTrail;
  readonly tell: (line: string) => void;
}

/** What the audit is told of a command; secrets stand in none of it. */
export interface KeysNote {
  readonly action: 'List' | 'New' | 'Destroy';
  /** The key: `kek 2`. */
  readonly actiondata?: string;
  /** Userids of those who consented. */
  readonly by?: readonly string[];
  readonly info?: string;
}

/** Opens the parts, runs a command with them beside whatever servers run, and closes them. */
export async function withKeysTool<Result>(
  settings: KeymanSettings,
  tell: (line: string) => void,
  run: (tool: KeysTool) => Promise<Result>,
): Promise<Result> {
  const undo: (() => Promise<void>)[] = [];
  try {
    const database = await openDatabase({
      databaseUrl: settings.databaseUrl,
      home: settings.home,
      program: 'keys',
      isServer: false,
      database: 'keyman',
      migrations: [],
    });
    undo.push(() => database.close());
    const dataSource = await connectDataSource(database.server, {
      applicationName: 'cinnabar keys',
      poolSize: 3,
      entities: [OrganisationEntity, UserEntity],
    });
    undo.push(() => dataSource.destroy());
    await requireAppendOnly(dataSource, AUDIT_TABLES);
    const token = await existingPkcs11Settings(settings);
    const auditTrail = await AuditTrail.open({ address: database.server, clock: systemClock, sealer: settings.sealer });
    undo.push(() => auditTrail.close());
    return await run({ settings, dataSource, token, auditTrail, tell });
  } finally {
    for (const each of undo.reverse()) await each();
  }
}

/** The record of a command: who sat at the machine by the operating system, and who consented by their own log-in. */
export function keysRecord({ action, actiondata, by = [], info }: KeysNote, error?: unknown): AuditDraft {
  const coded = error === undefined || CodedError.is(error) ? error : new CodedError('internal', 'failed');
  const outcome = coded === undefined ? 'ok' : `refused: ${KEYMAN_ERRORS[coded.code].code} ${coded.publicDetail}`;
  const texts = [`Keys/${action} ${outcome}`, info, `by ${userInfo().username} at ${hostname()}`];
  return {
    category: 'Keys',
    action,
    success: coded === undefined,
    errorCode: coded === undefined ? null : KEYMAN_ERRORS[coded.code].code,
    orgaid: FIRST_ORGANISATION,
    host: hostname(),
    module: 'bin/keys',
    actiondata: actiondata ?? null,
    oper: by[0] ?? null,
    data: by.length === 0 ? null : by.join(', '),
    info: texts.filter((each) => each !== undefined).join('; '),
  };
}

/** Runs what may be refused; a refusal is recorded before it is told. */
export async function recordingRefusals<Result>(
  tool: KeysTool,
  note: () => KeysNote,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    await tool.auditTrail.seal(keysRecord(note(), error));
    throw error;
  }
}
