import { grantToServer } from '@cinnabar/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * One-time codes: each the key's data key once more, sealed for the code, which itself is nowhere. And how many were
 * asked for of a slot in the hour that began at `codes_since`.
 */
export class OneTimeCodes1760000000006 implements MigrationInterface {
  readonly name = 'OneTimeCodes1760000000006';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE one_time_code (
        code_id          text        NOT NULL UNIQUE,
        slot_id          text        NOT NULL REFERENCES key_slot ON DELETE CASCADE,
        caller           text        NOT NULL,
        certid           text        NOT NULL,
        key_version      integer     NOT NULL,
        slot_version     integer     NOT NULL,
        signatures       integer     NOT NULL CHECK (signatures >= 1),
        digests          text[],
        expires_at       timestamptz NOT NULL,
        hmac_key_version integer     NOT NULL,
        salt             bytea       NOT NULL,
        sealed_data_key  bytea       NOT NULL,
        tries_left       integer     NOT NULL CHECK (tries_left >= 0),
        uses_left        integer     NOT NULL CHECK (uses_left >= 0),
        PRIMARY KEY (slot_id, caller)
      );
      CREATE INDEX one_time_code_expires_at ON one_time_code (expires_at);

      ALTER TABLE key_slot
        ADD COLUMN codes_asked integer NOT NULL DEFAULT 0,
        ADD COLUMN codes_since timestamptz NOT NULL DEFAULT '-infinity';
      CREATE UNIQUE INDEX key_slot_one_code ON key_slot (certid) WHERE kind = 'code';
      CREATE UNIQUE INDEX key_slot_one_activation ON key_slot (certid, holder) WHERE kind = 'activation';
    `);
    await grantToServer(runner, 'SELECT, INSERT, UPDATE, DELETE', 'one_time_code');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE one_time_code');
    await runner.query('DROP INDEX key_slot_one_code, key_slot_one_activation');
    await runner.query('ALTER TABLE key_slot DROP COLUMN codes_asked, DROP COLUMN codes_since');
  }
}
