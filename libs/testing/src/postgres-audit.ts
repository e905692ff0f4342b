import {
  type AuditDraft,
  AuditTrail,
  type AuditTrailOptions,
  type AuditVerdict,
  type GuardCheck,
  verifyAudit,
} from '@cinnabar/audit';
import { systemClock } from '@cinnabar/core';
import { connectDataSource, type DatabaseAddress, grantToServer } from '@cinnabar/persistence';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { Audit1760000000002 } from '../../../prisma-less-migrations/keyman/1760000000002-audit.ts';
import { AuditCheckpoints1760000000004 } from '../../../prisma-less-migrations/keyman/1760000000004-audit-checkpoints.ts';
import { AuditTombstones1760000000007 } from '../../../prisma-less-migrations/keyman/1760000000007-audit-tombstones.ts';
import { createPostgres, type TestPostgres } from './postgres.ts';

/** What an app brings along: something that can be disabled, `held (certid, version, disabled)`, and sessions that end. */
class Held1700000000001 implements MigrationInterface {
  readonly name = 'Held1700000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE held (certid text PRIMARY KEY, version int NOT NULL, disabled boolean NOT NULL)');
    await runner.query('CREATE TABLE session (token_hash bytea PRIMARY KEY, standing text NOT NULL)');
    await grantToServer(runner, 'SELECT, INSERT, UPDATE, DELETE', 'held, session');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE held, session');
  }
}

const GUARD_CHECK: GuardCheck = {
  keys: {
    freshOrdinals: `SELECT guard.ordinal FROM guard
                      JOIN held ON held.certid = guard.certid AND held.version = guard.certificate_version
                     WHERE NOT held.disabled AND (guard.certificate_standing IS NULL OR guard.certificate_standing = held.xmin::text)
                     ORDER BY held.certid FOR SHARE OF held`,
    refusal: { info: 'refused: the certificate was changed', errorCode: 'K0011' },
  },
  sessions: {
    freshOrdinals: `SELECT guard.ordinal FROM guard
                      JOIN session ON session.token_hash = guard.token_hash AND session.standing = guard.standing
                     ORDER BY session.token_hash FOR SHARE OF session`,
    refusal: { info: 'refused: the session ended', errorCode: 'K0002' },
  },
};

export const TEST_SEALER = { batchRecords: 64, lingerMs: 0, busyOperations: 1, queueRecords: 1_000, timeoutMs: 5_000 };

/** An audit on a throw-away cluster, with an attacker who owns the tables. */
export interface TestAudit {
  readonly postgres: TestPostgres;
  /** Connected as the server's role. */
  readonly server: DataSource;
  /** Connected as the owner of the tables. */
  readonly owner: DataSource;
  /** A trail whose guards look at the table `held`; closed by `clear` and `close`. */
  openTrail(options?: Partial<AuditTrailOptions>): Promise<AuditTrail>;
  verify(): Promise<AuditVerdict>;
  /** Runs statements as the owner, looks at the verdict and puts the tables back. `values` go to statements with `$1`. */
  tamper(statements: readonly string[], values?: readonly unknown[]): Promise<AuditVerdict>;
  /** Closes the trails and empties all tables. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export async function createTestAudit(): Promise<TestAudit> {
  const postgres = await createPostgres();
  await postgres.migrate(
    Held1700000000001,
    Audit1760000000002,
    AuditCheckpoints1760000000004,
    AuditTombstones1760000000007,
  );
  const connectAs = (address: DatabaseAddress): Promise<DataSource> =>
    connectDataSource(address, { applicationName: 'specs', poolSize: 8, entities: [] });
  const server = await connectAs(postgres.server);
  const owner = await connectAs(postgres.migrator);
  const trails: AuditTrail[] = [];
  const closeTrails = async (): Promise<void> => {
    for (const trail of trails.splice(0)) await trail.close();
  };
  const verify = (): Promise<AuditVerdict> => verifyAudit(postgres.superuser);
  return {
    postgres,
    server,
    owner,
    verify,
    async openTrail(options = {}) {
      const address = postgres.server;
      const trail = await AuditTrail.open({
        address,
        clock: systemClock,
        sealer: TEST_SEALER,
        guardCheck: GUARD_CHECK,
        ...options,
      });
      trails.push(trail);
      return trail;
    },
    async tamper(statements, values = []) {
      await owner.query('CREATE TABLE kept_record AS TABLE audit_record');
      await owner.query('CREATE TABLE kept_chain AS TABLE audit_chain');
      for (const statement of statements) await owner.query(statement, statement.includes('$1') ? [...values] : []);
      const verdict = await verify();
      await owner.query('TRUNCATE audit_record, audit_chain');
      await owner.query('INSERT INTO audit_record SELECT * FROM kept_record');
      await owner.query('INSERT INTO audit_chain SELECT * FROM kept_chain');
      await owner.query('DROP TABLE kept_record, kept_chain');
      return verdict;
    },
    async clear() {
      await closeTrails();
      await owner.query(
        'TRUNCATE audit_record, audit_chain, audit_pending, audit_checkpoint, audit_tombstone, held, session',
      );
    },
    async close() {
      await closeTrails();
      await owner.destroy();
      await server.destroy();
      await postgres.close();
    },
  };
}

/** A draft with every member set. */
export function auditDraft(more: Partial<AuditDraft> = {}): AuditDraft {
  return {
    category: 'Sign',
    action: 'Hash',
    success: true,
    ip: '192.0.2.7',
    host: 'PC001',
    certid: '3B64347CD364',
    certsha1sum: '2F492835717273481823478234AF947723DD21FE',
    serial: '22B2BB15ED62F5CEA3',
    certidorig: 'AAAABBBBCCCC',
    orgaid: 'TEST',
    actiondata: 'SHA256',
    app: 'Signer.exe',
    oper: 'testuser',
    userid: 'testuser',
    location: 'https://example.com/',
    module: 'KeyController',
    modver: '6.3',
    data: 'SHA256 CERT42',
    info: 'Sign/Hash ok',
    impersonator: 'somebody',
    errorCode: 'K0000',
    traceid: '0123456789abcdef',
    ...more,
  };
}
