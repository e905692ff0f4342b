import { grantToServer } from '@cinnabar/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Organisations, users, sessions, certificates with their wrapped keys, and key slots. */
export class Keyman1760000000001 implements MigrationInterface {
  readonly name = 'Keyman1760000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE organisation (
        orgaid text PRIMARY KEY,
        parent text REFERENCES organisation,
        name text NOT NULL,
        ident text,
        locality text,
        country text,
        policy jsonb NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL,
        CHECK (parent <> orgaid)
      );
      CREATE UNIQUE INDEX organisation_orgaid_any_case ON organisation (lower(orgaid));
      CREATE INDEX organisation_parent ON organisation (parent);

      CREATE TABLE keyman_user (
        userid text PRIMARY KEY,
        orgaid text NOT NULL REFERENCES organisation,
        extid text,
        email text,
        name text,
        lastname text,
        phone text,
        ident text,
        lang text,
        disabled boolean NOT NULL DEFAULT false,
        valid boolean NOT NULL DEFAULT true,
        admin boolean NOT NULL DEFAULT false,
        superadmin boolean NOT NULL DEFAULT false,
        auditor boolean NOT NULL DEFAULT false,
        authprovider text NOT NULL DEFAULT 'db',
        password_hash text,
        created_at timestamptz NOT NULL,
        last_login_at timestamptz,
        previous_login_at timestamptz,
        last_ip text
      );
      CREATE UNIQUE INDEX keyman_user_userid_any_case ON keyman_user (lower(userid));
      CREATE UNIQUE INDEX keyman_user_ident ON keyman_user (lower(ident)) WHERE ident IS NOT NULL;
      CREATE INDEX keyman_user_email ON keyman_user (lower(email));
      CREATE INDEX keyman_user_orgaid ON keyman_user (orgaid, userid);

      CREATE TABLE login_session (
        token_hash bytea PRIMARY KEY,
        userid text NOT NULL REFERENCES keyman_user ON DELETE CASCADE,
        module text NOT NULL,
        modver text,
        origin text,
        deviceinfo text,
        ip text NOT NULL,
        created_at timestamptz NOT NULL,
        last_used_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX login_session_userid ON login_session (userid);
      CREATE INDEX login_session_expires_at ON login_session (expires_at);

      CREATE TABLE login_attempts (
        subject text PRIMARY KEY,
        failures integer NOT NULL,
        last_failure_at timestamptz NOT NULL
      );

      CREATE TABLE certificate (
        certid text PRIMARY KEY CHECK (certid ~ '^[0-9A-F]{12}$'),
        orgaid text NOT NULL REFERENCES organisation,
        userid text NOT NULL REFERENCES keyman_user,
        oper text NOT NULL,
        name text NOT NULL,
        descr text,
        custom1 text,
        custom2 text,
        custom3 text,
        disabled boolean NOT NULL DEFAULT false,
        version integer NOT NULL DEFAULT 1,
        origin text NOT NULL,
        created_at timestamptz NOT NULL,
        certificate_der bytea NOT NULL,
        chain_der bytea[] NOT NULL DEFAULT '{}',
        public_key_spki bytea NOT NULL,
        subject text NOT NULL,
        subject_cn text,
        issuer text NOT NULL,
        issuer_cn text,
        serial text NOT NULL,
        signalg text NOT NULL,
        key_size integer NOT NULL,
        valid_from timestamptz NOT NULL,
        valid_to timestamptz NOT NULL,
        fingerprint_sha1 text NOT NULL,
        revoked boolean,
        key_version integer NOT NULL,
        kek_version integer NOT NULL,
        wrapping_mechanism text NOT NULL,
        key_type text NOT NULL,
        sealed_key bytea NOT NULL
      );
      CREATE UNIQUE INDEX certificate_once_per_user ON certificate (userid, fingerprint_sha1);
      CREATE INDEX certificate_userid ON certificate (userid, certid);
      CREATE INDEX certificate_kek_version ON certificate (kek_version);
      CREATE INDEX certificate_orgaid ON certificate (orgaid, certid);

      CREATE TABLE key_slot (
        slot_id text PRIMARY KEY,
        certid text NOT NULL REFERENCES certificate ON DELETE CASCADE,
        kind text NOT NULL CHECK (kind IN ('pin', 'delegate', 'activation', 'code')),
        holder text NOT NULL,
        version integer NOT NULL,
        key_version integer NOT NULL,
        delegation text,
        valid_from timestamptz,
        valid_to timestamptz,
        operations text[] NOT NULL DEFAULT '{}',
        kdf jsonb NOT NULL,
        salt bytea NOT NULL,
        sealed_data_key bytea NOT NULL,
        tries_in_row integer NOT NULL DEFAULT 0,
        tries_today integer NOT NULL DEFAULT 0,
        tries_on date NOT NULL DEFAULT '-infinity',
        suspended_at timestamptz
      );
      CREATE UNIQUE INDEX key_slot_one_pin ON key_slot (certid) WHERE kind = 'pin';
      CREATE INDEX key_slot_holder ON key_slot (certid, holder);
    `);
    await grantToServer(runner, 'SELECT, INSERT, UPDATE', 'organisation');
    await grantToServer(
      runner,
      'SELECT, INSERT, UPDATE, DELETE',
      'keyman_user, login_session, login_attempts, certificate, key_slot',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE key_slot, certificate, login_attempts, login_session, keyman_user, organisation');
  }
}
