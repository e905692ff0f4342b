import { grantToServer } from '@cinnabar/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The audit's checkpoints, signed: each a line as it is shipped. The server's role may add, nothing else. */
export class AuditCheckpoints1760000000004 implements MigrationInterface {
  readonly name = 'AuditCheckpoints1760000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_checkpoint (
        number   bigint      PRIMARY KEY CHECK (number >= 1),
        maker    bigint      NOT NULL,
        taken_at timestamptz NOT NULL,
        hash     bytea       NOT NULL CHECK (octet_length(hash) = 32),
        line     text        NOT NULL
      )`);
    // Each process ships what it made itself.
    await runner.query('CREATE INDEX audit_checkpoint_maker ON audit_checkpoint (maker, number)');
    await grantToServer(runner, 'SELECT, INSERT', 'audit_checkpoint');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_checkpoint');
  }
}
