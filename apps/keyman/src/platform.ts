import { AuditReader, AuditTrail } from '@cinnabar/audit';
import { systemClock, systemRandom } from '@cinnabar/core';
import { openPkcs11Custody, type Pkcs11Custody, type Pkcs11Settings } from '@cinnabar/custody/pkcs11';
import { AUDIT_TABLES } from '@cinnabar/audit';
import { KEYMAN_MIGRATIONS } from '@cinnabar/keyman-migrations';
import { connectDataSource, openDatabase, requireAppendOnly, type OpenDatabase } from '@cinnabar/persistence';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { startCheckpointing } from './audit/start-checkpointing.ts';
import { CertificateEntity } from './cert/certificate.entity.ts';
import { KeyChangeListener } from './key-store/key-change-listener.ts';
import { KeyChanges } from './key-store/key-changes.ts';
import { KeySlotEntity } from './key-store/key-slot.entity.ts';
import { PostgresAttemptLedger } from './key-store/postgres-attempt-ledger.ts';
import { PostgresCodeLedger } from './key-store/postgres-code-ledger.ts';
import { releaseGuard } from './key-store/release-guard.ts';
import { TypeOrmKeyMover } from './key-store/typeorm-key-mover.ts';
import { TypeOrmSlotStore } from './key-store/typeorm-slot-store.ts';
import { OrganisationEntity } from './orga/organisation.entity.ts';
import type { Platform } from './platform.module.ts';
import { prepareToken } from './root-keys/prepare-token.ts';
import type { KeymanSettings } from './settings/index.ts';
import { pkcs11Settings } from './token-settings.ts';
import { UserEntity } from './user/user.entity.ts';

/** A platform that is open, and how to close it. */
export interface OpenPlatform extends Platform {
  /** Closes in the reverse order of opening; to be called after the last operation ended. */
  close(): Promise<void>;
}

/** What the operator is told while it opens. */
export type Progress = (line: string) => void;

type Undo = () => Promise<void>;

/** Opens database, HSM and audit, in this order, and sets up what is missing. A failure closes what was open. */
export async function openPlatform(
  settings: KeymanSettings,
  progress: Progress,
  onDatabaseLost: (error: unknown) => void,
): Promise<OpenPlatform> {
  const undo: Undo[] = [];
  const close = async () => {
    for (const each of undo.splice(0).reverse()) await each();
  };
  try {
    const database = await openKeymanDatabase(settings, onDatabaseLost);
    undo.push(() => database.close());
    for (const name of database.migrated) progress(`database: ${name}`);
    const dataSource = await connect(database, settings);
    undo.push(() => (dataSource.isInitialized ? dataSource.destroy() : Promise.resolve()));
    await requireAppendOnly(dataSource, AUDIT_TABLES);
    const token = await pkcs11Settings(settings);
    const log = new Logger('HSM');
    const auditKey = await prepareToken(dataSource, token, { progress, warn: (line) => log.error(line) });
    const custody = await openCustody(dataSource, settings, token);
    undo.push(() => custody.close());
    const keyChanges = new KeyChanges(custody, dataSource);
    const listener = await KeyChangeListener.open({
      address: database.server,
      custody: {
        evict: (certid) => keyChanges.evict(certid),
        clear: () => keyChanges.clear(),
        refreshRootKeys: () => custody.refreshRootKeys(),
      },
      node: keyChanges.node,
    });
    undo.push(() => listener.close());
    const auditTrail = await AuditTrail.open({
      address: database.server,
      clock: systemClock,
      sealer: settings.sealer,
      chainLimits: settings.chainLimits,
      guardCheck: releaseGuard({ attempts: settings.attemptLimits, sessionIdleMs: settings.sessionIdleMs }),
    });
    undo.push(() => auditTrail.close());
    const checkpointing = await startCheckpointing(settings.checkpoints, database.server, auditTrail, {
      publicKeySpkiDer: auditKey.publicKeySpkiDer,
      sign: (message) => custody.signAudit(message),
    });
    undo.push(() => checkpointing.close());
    return { settings, dataSource, custody, keyChanges, auditTrail, auditReader: new AuditReader(dataSource), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function openKeymanDatabase(settings: KeymanSettings, onLost: (error: unknown) => void): Promise<OpenDatabase> {
  return openDatabase({
    databaseUrl: settings.databaseUrl,
    migrationUrl: settings.migrationUrl,
    home: settings.home,
    program: 'keyman',
    isServer: true,
    database: 'keyman',
    migrations: KEYMAN_MIGRATIONS,
    onLost,
  });
}

function connect(database: OpenDatabase, settings: KeymanSettings): Promise<DataSource> {
  return connectDataSource(database.server, {
    applicationName: 'keyman',
    poolSize: settings.databasePool,
    entities: [CertificateEntity, KeySlotEntity, OrganisationEntity, UserEntity],
  });
}

async function openCustody(
  dataSource: DataSource,
  settings: KeymanSettings,
  token: Pkcs11Settings,
): Promise<Pkcs11Custody> {
  const ports = {
    clock: systemClock,
    random: systemRandom,
    slotStore: new TypeOrmSlotStore(dataSource),
    attemptLedger: new PostgresAttemptLedger(dataSource, settings.attemptLimits),
    keyMover: new TypeOrmKeyMover(dataSource),
    codeLedger: new PostgresCodeLedger(dataSource),
  };
  return openPkcs11Custody(token, ports, { slotCost: settings.slotCost, vault: settings.vault, code: settings.code });
}
