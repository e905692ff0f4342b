import { startRefusal } from './start-refusal.ts';

/** Runs SQL and gives the rows: TypeORM's DataSource, EntityManager and QueryRunner all do. */
export interface SqlRunner {
  query(text: string, values?: unknown[]): Promise<unknown>;
}

/** Every way in which a role could change or remove rows of a table, told in words. */
const WAYS_ROUND = `
  WITH asked AS (SELECT name, to_regclass(name) AS oid FROM unnest($1::text[]) AS name),
       found AS (SELECT asked.name, pg_class.* FROM asked LEFT JOIN pg_class USING (oid)),
       role AS (SELECT * FROM pg_roles WHERE rolname = current_user)
  SELECT name, way FROM found, role, LATERAL (VALUES
    ('does not exist',                          found.oid IS NULL),
    ('may be changed by any superuser, and this role is one', rolsuper),
    ('may be taken over, since this role has CREATEROLE',     rolcreaterole AND NOT rolsuper),
    ('is owned by this role',                   pg_has_role(current_user, relowner, 'MEMBER')),
    ('lies in a schema owned by this role',     pg_has_role(current_user,
        (SELECT nspowner FROM pg_namespace WHERE pg_namespace.oid = relnamespace), 'MEMBER')),
    ('can be updated by this role',             has_table_privilege(found.oid, 'UPDATE')
                                                OR has_any_column_privilege(found.oid, 'UPDATE')),
    ('can be deleted from by this role',        has_table_privilege(found.oid, 'DELETE')),
    ('can be truncated by this role',           has_table_privilege(found.oid, 'TRUNCATE')),
    ('can be given triggers by this role',      has_table_privilege(found.oid, 'TRIGGER'))
  ) AS ways (way, holds)
  -- A superuser may do everything: one clause says it all.
  WHERE holds AND (NOT rolsuper OR way LIKE '%superuser%')`;

/**
 * The start's check that the server's role can add rows to these tables and nothing else: it neither owns them (nor
 * their schema, nor can it become who does) nor may change, delete or truncate. A server that could rewrite its own
 * audit must not run.
 * @throws CodedError with one clause for each way that is open
 */
export async function requireAppendOnly(server: SqlRunner, tables: readonly string[]): Promise<void> {
  const open = (await server.query(WAYS_ROUND, [tables])) as { name: string; way: string }[];
  if (open.length === 0) return;
  const ways = open.map(({ name, way }) => `${name} ${way}`).join('; ');
  throw startRefusal(
    `The database role of the server could rewrite the audit: ${ways}. Give DATABASE_URL a role of its own that owns nothing, and DATABASE_MIGRATION_URL the owner's.`,
  );
}
