import { grantToServer } from '@cinnabar/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Held by whoever writes what names a root key, and alone by whoever retires one. */
const ROOT_KEY_LOCK = 0x43_49_4e_4b;

/**
 * The HSM's root keys as the database knows them: what tells one from another of its number, and which are retired.
 *
 * A node that has not heard of a newer key, or an operation that began before, must not store anything under a key that
 * is being destroyed: what it stored would be lost. So the database itself refuses it, whoever writes.
 */
export class RootKeys1760000000010 implements MigrationInterface {
  readonly name = 'RootKeys1760000000010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE root_key (
        kind        text        NOT NULL CHECK (kind IN ('kek', 'hmac')),
        version     integer     NOT NULL CHECK (version >= 1),
        check_value bytea,
        first_seen_at timestamptz NOT NULL,
        retired_at  timestamptz,
        PRIMARY KEY (kind, version)
      )`);
    // SQLSTATE: a class of our own (the standard leaves those that begin with I to Z to implementations).
    await runner.query(`
      CREATE FUNCTION refuse_retired_root_key(kind_named text, version_named integer) RETURNS void
      LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock_shared(${ROOT_KEY_LOCK});
        IF EXISTS (SELECT FROM root_key WHERE kind = kind_named AND version = version_named AND retired_at IS NOT NULL) THEN
          RAISE EXCEPTION 'the root key % % is retired', kind_named, version_named USING ERRCODE = 'RK001';
        END IF;
      END $$`);
    await runner.query(`
      CREATE FUNCTION refuse_retired_kek() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
      BEGIN
        PERFORM refuse_retired_root_key('kek', NEW.kek_version);
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE FUNCTION refuse_retired_hmac_key() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
      BEGIN
        PERFORM refuse_retired_root_key('hmac', (NEW.kdf->>'hmacKeyVersion')::integer);
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE FUNCTION refuse_retired_code_hmac_key() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
      BEGIN
        PERFORM refuse_retired_root_key('hmac', NEW.hmac_key_version);
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE TRIGGER certificate_kek_not_retired BEFORE INSERT OR UPDATE OF kek_version, sealed_key ON certificate
        FOR EACH ROW EXECUTE FUNCTION refuse_retired_kek()`);
    await runner.query(`
      CREATE TRIGGER key_slot_hmac_key_not_retired BEFORE INSERT OR UPDATE OF kdf, sealed_data_key ON key_slot
        FOR EACH ROW EXECUTE FUNCTION refuse_retired_hmac_key()`);
    await runner.query(`
      CREATE TRIGGER one_time_code_hmac_key_not_retired BEFORE INSERT OR UPDATE OF hmac_key_version ON one_time_code
        FOR EACH ROW EXECUTE FUNCTION refuse_retired_code_hmac_key()`);
    await runner.query(`CREATE INDEX key_slot_hmac_key_version ON key_slot (((kdf->>'hmacKeyVersion')::integer))`);
    await grantToServer(runner, 'SELECT, INSERT, UPDATE (check_value, retired_at)', 'root_key');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX key_slot_hmac_key_version');
    await runner.query('DROP TRIGGER one_time_code_hmac_key_not_retired ON one_time_code');
    await runner.query('DROP TRIGGER key_slot_hmac_key_not_retired ON key_slot');
    await runner.query('DROP TRIGGER certificate_kek_not_retired ON certificate');
    await runner.query(
      'DROP FUNCTION refuse_retired_code_hmac_key(), refuse_retired_hmac_key(), refuse_retired_kek(), refuse_retired_root_key(text, integer)',
    );
    await runner.query('DROP TABLE root_key');
  }
}
