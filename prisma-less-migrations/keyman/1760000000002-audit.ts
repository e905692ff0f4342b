import { grantToServer } from '@cinnabar/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The audit: records, the chain that links them, and the list of records that wait for their link.
 * The server's role may add to the first two and nothing else.
 */
export class Audit1760000000002 implements MigrationInterface {
  readonly name = 'Audit1760000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_record (
        auditid      bigint      PRIMARY KEY,
        process      bigint      NOT NULL,
        recorded_at  timestamptz NOT NULL,
        ip           text,
        host         text,
        certid       text,
        certsha1sum  text,
        serial       text,
        certidorig   text,
        orgaid       text,
        category     text        NOT NULL,
        action       text        NOT NULL,
        actiondata   text,
        success      boolean     NOT NULL,
        app          text,
        oper         text,
        userid       text,
        location     text,
        module       text,
        modver       text,
        data         text,
        info         text,
        impersonator text,
        error_code   text,
        traceid      text
      )`);
    await runner.query(`
      CREATE TABLE audit_chain (
        chain   bigint NOT NULL,
        seq     bigint NOT NULL CHECK (seq >= 1),
        auditid bigint NOT NULL UNIQUE,
        hash    bytea  NOT NULL CHECK (octet_length(hash) = 32),
        PRIMARY KEY (chain, seq)
      )`);
    // Written with a change, in its transaction; removed by the statement that links the record.
    await runner.query(`
      CREATE TABLE audit_pending (
        auditid bigint PRIMARY KEY,
        process bigint NOT NULL
      )`);
    await runner.query('CREATE SEQUENCE audit_chain_id');
    // Numbers are handed out in blocks: each process gives them to its records without asking, so that hashes cover them.
    await runner.query('CREATE SEQUENCE audit_id_block INCREMENT BY 1000');

    await runner.query('CREATE INDEX audit_record_orgaid ON audit_record (orgaid, recorded_at, auditid)');
    await runner.query('CREATE INDEX audit_record_userid ON audit_record (lower(userid), recorded_at)');
    await runner.query('CREATE INDEX audit_record_oper ON audit_record (lower(oper), recorded_at)');
    await runner.query(
      'CREATE INDEX audit_record_certid ON audit_record (lower(certid), recorded_at) WHERE certid IS NOT NULL',
    );
    await runner.query('CREATE INDEX audit_record_recorded_at ON audit_record USING brin (recorded_at)');

    await grantToServer(runner, 'SELECT, INSERT', 'audit_record, audit_chain');
    await grantToServer(runner, 'SELECT, INSERT, DELETE', 'audit_pending');
    await grantToServer(runner, 'USAGE', 'SEQUENCE audit_chain_id, audit_id_block');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_pending, audit_chain, audit_record');
    await runner.query('DROP SEQUENCE audit_id_block, audit_chain_id');
  }
}
