import { AUDIT_TABLES } from '@cinnabar/audit';
import type { Clock } from '@cinnabar/core';
import { requireAppendOnly, sqlStateOf } from '@cinnabar/persistence';
import type { DataSource } from 'typeorm';
import { registeredRootKeys } from '../root-keys/root-key-registry.ts';
import { fail, finding, ok, warn, type Finding } from './finding.ts';

const CLOCKS_APART_MS = { warn: 2_000, fail: 30_000 } as const;

/** What the server's own role sees of its database. */
export function databaseChecks(dataSource: DataSource, clock: Clock): Promise<Finding>[] {
  return [
    finding('database', () => version(dataSource)),
    finding('database role', async () => {
      await requireAppendOnly(dataSource, AUDIT_TABLES);
      return ok('may add to the audit and neither change nor delete it');
    }),
    finding('clocks', () => clocks(dataSource, clock)),
  ];
}

async function version(dataSource: DataSource) {
  const rows: { server_version: string }[] = await dataSource.query('SHOW server_version');
  try {
    await registeredRootKeys(dataSource);
  } catch (error) {
    if (sqlStateOf(error) !== '42P01') throw error;
    return fail('its schema is not of this version yet: start keyman once');
  }
  return ok(`PostgreSQL ${rows[0]?.server_version ?? '?'}`);
}

async function clocks(dataSource: DataSource, clock: Clock) {
  const before = clock.now().getTime();
  const rows: { now: Date }[] = await dataSource.query('SELECT clock_timestamp() AS now');
  const after = clock.now().getTime();
  const theirs = rows[0]?.now.getTime() ?? Number.NaN;
  // Whatever the way there and back took is nobody's fault.
  const apartMs = Math.max(0, before - theirs, theirs - after);
  const detail = `database and server ${apartMs} ms apart`;
  if (!(apartMs < CLOCKS_APART_MS.fail)) return fail(`${detail}: PIN tries of a day and log-ins are counted wrongly`);
  return apartMs < CLOCKS_APART_MS.warn ? ok(detail) : warn(detail);
}
