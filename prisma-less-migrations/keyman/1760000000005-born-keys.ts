import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a certificate says; a key born in the HSM waits for it. */
const WHAT_IT_SAYS = 'certificate_der, subject, issuer, serial, signalg, valid_from, valid_to, fingerprint_sha1';

/**
 * Keys born in the HSM have a row before they have a certificate: all of its columns are there, or none. And who
 * disabled a certificate, since an owner enables only what he disabled himself.
 */
export class BornKeys1760000000005 implements MigrationInterface {
  readonly name = 'BornKeys1760000000005';

  async up(runner: QueryRunner): Promise<void> {
    const nullable = WHAT_IT_SAYS.split(', ').map((column) => `ALTER COLUMN ${column} DROP NOT NULL`);
    await runner.query(`
      ALTER TABLE certificate
        ${nullable.join(', ')},
        ADD COLUMN disabled_by text,
        ADD CONSTRAINT certificate_origin CHECK (origin IN ('imported', 'generated')),
        ADD CONSTRAINT certificate_whole_or_none CHECK (num_nulls(${WHAT_IT_SAYS}) IN (0, 8)),
        ADD CONSTRAINT certificate_none_of_a_born_key CHECK (certificate_der IS NOT NULL OR (
          origin = 'generated' AND chain_der = '{}' AND subject_cn IS NULL AND issuer_cn IS NULL AND revoked IS NULL
        ))`);
    // Keys that wait are counted at each making of another one.
    await runner.query('CREATE INDEX certificate_awaited ON certificate (userid) WHERE certificate_der IS NULL');
  }

  /** Only where no key waits for its certificate: there is nothing that could be put in the place of one. */
  async down(runner: QueryRunner): Promise<void> {
    const required = WHAT_IT_SAYS.split(', ').map((column) => `ALTER COLUMN ${column} SET NOT NULL`);
    await runner.query(`
      DROP INDEX certificate_awaited;
      ALTER TABLE certificate
        DROP CONSTRAINT certificate_none_of_a_born_key,
        DROP CONSTRAINT certificate_whole_or_none,
        DROP CONSTRAINT certificate_origin,
        DROP COLUMN disabled_by,
        ${required.join(', ')}`);
  }
}
