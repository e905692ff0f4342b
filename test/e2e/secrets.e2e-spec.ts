import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CHEAP_HASHING } from './cheap-hashing.ts';
import { databasePassword, postmasterPid, RoleConnection } from './database-roles.ts';
import { lettersOf } from './letters.ts';
import { RunningKeyman } from './running-keyman.ts';
import { secretsBelow, secretsIn, type Secret } from './secret-forms.ts';
import { PIN, SecretRun } from './secret-run.ts';

/** Files that are there to hold secrets; each is readable by its owner alone. */
const MEANT_TO_HOLD = /^(secrets\/|mail\/|first-admin\.txt$|softhsm\/(so-)?pin$)/;

describe('after a full run at the most verbose log level', () => {
  let keyman: RunningKeyman;
  let database: RoleConnection;
  let answers: readonly string[];
  let secrets: readonly Secret[];

  beforeAll(async () => {
    allowCoreDumps();
    keyman = await RunningKeyman.start({ ...CHEAP_HASHING, KEYMAN_LOG_LEVEL: 'trace', KEYMAN_CODE_DIGITS: '9' });
    database = await RoleConnection.open(keyman.home, 'superuser');
    const run = new SecretRun(keyman);
    await run.whole();
    answers = run.answers;
    secrets = [...run.secrets, ...secretsOfTheHome(keyman.home)];
  }, 90_000);
  afterAll(async () => {
    await database.close();
    await keyman.remove();
  });

  it('the run went through all operations, with successes and failures', async () => {
    const rows = await database.rows<{ operation: string; outcomes: string[] }>(
      `SELECT category || '/' || action AS operation, array_agg(DISTINCT success::text ORDER BY success::text DESC) AS outcomes
         FROM audit_record WHERE category || action <> 'AuditStart' GROUP BY 1 ORDER BY 1`,
    );
    expect(rows.map(({ operation }) => operation)).toEqual([
      'Audit/List',
      ...['Auth/Login', 'Auth/Logout', 'Cert/Del', 'Cert/GenCSR', 'Cert/Get', 'Cert/ImportPFX', 'Cert/InstallCER'],
      ...['Cert/ListAvailable', 'Cert/PinCheck', 'Cert/PinSet', 'Cert/PinUnlock', 'Cert/RSAGen', 'Cert/Set'],
      ...['Otp/Request', 'Sign/Hash', 'Signature/Pades', 'User/Add', 'User/Get', 'User/Set'],
    ]);
    for (const { operation, outcomes } of rows) {
      // No secret goes into a certificate that fits, and none is refused in a list.
      if (operation === 'Cert/InstallCER') expect(outcomes).toEqual(['false']);
      else if (operation !== 'Cert/ListAvailable')
        expect([operation, outcomes]).toEqual([operation, ['true', 'false']]);
    }
    expect(secrets.filter(({ name }) => name.startsWith('SessionToken'))).toHaveLength(2);
  });

  it('the search finds what is there', () => {
    for (const { name, text } of secrets) expect([name, text.length >= 9]).toEqual([name, true]);
    for (const form of [
      PIN.text,
      JSON.stringify(PIN.text),
      encodeURIComponent(PIN.text),
      Buffer.from(`x${PIN.text}y`).toString('base64'),
    ])
      expect(secretsIn(`…${form}…`, secrets)).not.toEqual([]);
  });

  it('no answer holds a secret', () => {
    expect(answers.length).toBeGreaterThan(90);
    expect(answers.flatMap((answer) => secretsIn(answer, secrets).map((found) => `${found} in ${answer}`))).toEqual([]);
  });

  it('the log holds none', () => {
    expect(keyman.output).toContain('"level":"debug"');
    expect(secretsIn(keyman.output, secrets)).toEqual([]);
  });

  it('no row of any table holds one, the audit least of all', async () => {
    const tables = await database.rows<{ name: string }>(
      "SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
    );
    expect(tables.map(({ name }) => name)).toContain('audit_record');
    for (const { name } of tables) {
      const dump = await database.value<string>(
        `SELECT coalesce(string_agg(to_jsonb(row)::text, E'\\n'), '') AS value FROM ${name} AS row`,
      );
      expect([name, secretsIn(dump, secrets)]).toEqual([name, []]);
    }
  });

  it('no file below the home holds one, but those that are there for it and that nobody else reads', () => {
    expect(secretsBelow(keyman.home, secrets, (path) => MEANT_TO_HOLD.test(path))).toEqual([]);
    for (const name of readdirSync(keyman.home, { recursive: true, encoding: 'utf8' }).filter((each) =>
      MEANT_TO_HOLD.test(each),
    ))
      expect([name, statSync(join(keyman.home, name)).mode & 0o077]).toEqual([name, 0]);
  }, 60_000);

  it('no process tells one in its arguments, and none of its children in its environment', async () => {
    const server = await serverPid();
    const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    for (const pid of processes) expect([pid, secretsIn(procFile(pid, 'cmdline'), secrets)]).toEqual([pid, []]);
    const postmaster = String(postmasterPid(keyman.home));
    const children = processes.filter((pid) => [String(server), postmaster].includes(parentOf(pid)));
    expect(children.length).toBeGreaterThan(3);
    for (const pid of [postmaster, ...children])
      expect([pid, secretsIn(procFile(pid, 'environ'), secrets)]).toEqual([pid, []]);
  });

  it('a crash would write no core dump, neither of the server nor of its database', async () => {
    for (const pid of [await serverPid(), postmasterPid(keyman.home)]) {
      expect(procFile(String(pid), 'limits').toString()).toMatch(/^Max core file size +0 +0 /m);
      // Where the system pipes dumps to a program the limit is not asked; then nothing of the memory goes along.
      expect(procFile(String(pid), 'coredump_filter').toString().trim()).toBe('00000000');
    }
  });

  const serverPid = (): Promise<number> =>
    database.value<number>(
      "SELECT substring(application_name FROM 'keyman .pid (\\d+)')::int AS value FROM pg_stat_activity WHERE application_name LIKE 'keyman (pid %'",
    );
});

/** A test may inherit that core dumps are off; the server is to turn them off by itself. */
function allowCoreDumps(): void {
  const allowed = /^Max core file size +\S+ +(\S+)/m.exec(procFile('self', 'limits').toString())?.[1] ?? '0';
  execFileSync('prlimit', ['--pid', String(process.pid), `--core=${allowed}:`]);
}

/** Empty for a process that has ended meanwhile, and for the kernel's own. */
function procFile(pid: string, name: string): Buffer {
  try {
    return readFileSync(join('/proc', pid, name));
  } catch {
    return Buffer.alloc(0);
  }
}

function parentOf(pid: string): string {
  return /^PPid:\t(\d+)$/m.exec(procFile(pid, 'status').toString())?.[1] ?? '';
}

/** Those that the server made for itself, and the first password that it mailed. */
function secretsOfTheHome(home: string): Secret[] {
  const mailed = lettersOf(home).map(({ text }) => /First password: (\S+)/.exec(text)?.[1]);
  return [
    { name: 'TokenPin', text: readFileSync(join(home, 'softhsm', 'pin'), 'utf8').trim() },
    { name: 'FirstPassword', text: mailed.find((each) => each !== undefined) ?? '' },
    ...(['server', 'migrator', 'superuser'] as const).map((role) => ({
      name: `DatabasePassword of ${role}`,
      text: databasePassword(home, role),
    })),
  ];
}
