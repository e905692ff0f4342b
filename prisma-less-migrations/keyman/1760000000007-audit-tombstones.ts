import { grantToServer } from '@cinnabar/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What stays of audit chains that were removed under retention: a signed line each. The server's role may read them and
 * nothing else; whoever removes works as the owner.
 */
export class AuditTombstones1760000000007 implements MigrationInterface {
  readonly name = 'AuditTombstones1760000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_tombstone (
        number bigint PRIMARY KEY CHECK (number >= 1),
        chain  bigint NOT NULL UNIQUE,
        line   text   NOT NULL
      )`);
    await grantToServer(runner, 'SELECT', 'audit_tombstone');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_tombstone');
  }
}
