import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { clientConfig, type DatabaseAddress } from '../database-address.ts';
import { PrivateCluster } from './private-cluster.ts';
import { isAlive } from './postmaster-pid.ts';

let home: string;
const open: PrivateCluster[] = [];

beforeEach(async () => {
  home = await mkdtemp('/tmp/cinnabar-test-');
  await chmod(home, 0o711);
});

afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close();
  // Whatever a test did: once all have left, nothing runs.
  expect(existsSync(join(home, 'pg/data/postmaster.pid'))).toBe(false);
  await rm(home, { recursive: true, force: true });
});

async function openCluster(isServer: boolean, at = home, program = 'keyman'): Promise<PrivateCluster> {
  const cluster = await PrivateCluster.open({
    home: at,
    program,
    isServer,
    database: 'keyman',
    serverRole: 'keyman',
    durable: false,
  });
  open.push(cluster);
  return cluster;
}

/** Another process that opens the same cluster; resolves when it is in. */
async function startProgram({ isServer }: { isServer: boolean }): Promise<ReturnType<typeof spawn>> {
  const options = { home, program: 'other', isServer, database: 'keyman', serverRole: 'keyman', durable: false };
  const script = `
    import { PrivateCluster } from ${JSON.stringify(new URL('./private-cluster.ts', import.meta.url).href)};
    const cluster = await PrivateCluster.open(${JSON.stringify(options)});
    process.stdout.write('in');
    process.once('SIGTERM', () => void cluster.close());`;
  const program = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const answer = await Promise.race([once(program.stdout, 'data'), once(program, 'exit')]);
  expect(String(answer[0])).toBe('in');
  return program;
}

async function postmasterPid(at = home): Promise<number> {
  return Number((await readFile(join(at, 'pg/data/postmaster.pid'), 'utf8')).split('\n')[0]);
}

async function ask(address: DatabaseAddress, statement: string): Promise<unknown> {
  const client = new pg.Client(clientConfig(address, { applicationName: 'specs' }));
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows[0];
  } finally {
    await client.end();
  }
}

describe('the private cluster', () => {
  it('keeps its socket, its data and its passwords to its own user, and has no TCP', async () => {
    const cluster = await openCluster(true);
    expect(await ask(cluster.server, 'SHOW listen_addresses')).toEqual({ listen_addresses: '' });
    expect(await ask(cluster.server, 'SHOW data_checksums')).toEqual({ data_checksums: 'on' });
    for (const folder of ['pg', 'pg/data', 'pg/socket', 'secrets']) {
      expect((await stat(join(home, folder))).mode & 0o077).toBe(0);
    }
    for (const file of await readdir(join(home, 'secrets'))) {
      expect((await stat(join(home, 'secrets', file))).mode & 0o777).toBe(0o600);
    }
  }, 60_000);

  it('lets nobody in without the password', async () => {
    const cluster = await openCluster(true);
    for (const address of [cluster.server, cluster.migrator, cluster.superuser]) {
      await expect(ask({ ...address, password: 'wrong' } as DatabaseAddress, 'SELECT 1')).rejects.toThrow(
        'password authentication failed',
      );
    }
  }, 60_000);

  it('stops with its last program, and keeps what was written', async () => {
    const server = await openCluster(true);
    const pid = await postmasterPid();
    await ask(server.migrator, 'CREATE TABLE kept (id int)');
    const tool = await openCluster(false, home, 'audit-verify');
    await server.close();
    expect(await isAlive(pid)).toBe(true);
    await tool.close();
    expect(await isAlive(pid)).toBe(false);
    const again = await openCluster(true);
    expect(await ask(again.migrator, 'SELECT count(*)::int AS rows FROM kept')).toEqual({ rows: 0 });
  }, 60_000);

  it('has one server: the second is refused with a sentence and the first runs on', async () => {
    const first = await openCluster(true);
    await expect(openCluster(true)).rejects.toThrow(
      `keyman (pid ${process.pid}) already runs on ${home}: stop it, or set another CINNABAR_HOME.`,
    );
    expect(await ask(first.server, 'SELECT 1 AS one')).toEqual({ one: 1 });
  }, 60_000);

  it('is made once by two programs that start at the same first moment', async () => {
    const [cluster, other] = await Promise.all([openCluster(true), startProgram({ isServer: false })]);
    expect(await ask(cluster.server, 'SELECT 1 AS one')).toEqual({ one: 1 });
    const pid = await postmasterPid();
    await cluster.close();
    expect(await isAlive(pid)).toBe(true);
    other.kill('SIGTERM');
    await once(other, 'exit');
    expect(await isAlive(pid)).toBe(false);
  }, 60_000);

  it('is found again by a path that is too long for a socket', async () => {
    const deep = join(home, 'a'.repeat(60), 'b'.repeat(60));
    await mkdir(deep, { recursive: true });
    const cluster = await openCluster(true, deep);
    expect(await ask(cluster.server, 'SELECT 1 AS one')).toEqual({ one: 1 });
    const { socketFolder } = cluster.server as { socketFolder: string };
    expect((await stat(socketFolder)).mode & 0o777).toBe(0o700);
    await cluster.close();
    await rm(socketFolder, { recursive: true });
  }, 60_000);
});

describe('after a kill -9', () => {
  it('of the program, the next start takes the running database over', async () => {
    const cluster = await openCluster(false);
    const pid = await postmasterPid();
    const victim = await startProgram({ isServer: true });
    victim.kill('SIGKILL');
    const next = await openCluster(true);
    expect(await postmasterPid()).toBe(pid);
    await cluster.close();
    await next.close();
    expect(await isAlive(pid)).toBe(false);
  }, 60_000);

  it('of the database too, the next start recovers what was committed', async () => {
    const cluster = await openCluster(true);
    await ask(cluster.migrator, 'CREATE TABLE kept (id int)');
    const pid = await postmasterPid();
    process.kill(pid, 'SIGKILL');
    const again = await openCluster(false);
    expect(await postmasterPid()).not.toBe(pid);
    expect(await ask(again.migrator, 'SELECT count(*)::int AS rows FROM kept')).toEqual({ rows: 0 });
  }, 60_000);

  it('of the database alone, a running program brings it back', async () => {
    const cluster = await openCluster(true);
    process.kill(await postmasterPid(), 'SIGKILL');
    let answer: unknown;
    for (let tries = 0; tries < 1_000 && answer === undefined; tries += 1) {
      // Back is who holds its locks again; before that the database may be up already.
      answer = await ask(
        cluster.server,
        "SELECT 1 AS one FROM pg_locks WHERE locktype = 'advisory' HAVING count(*) >= 2",
      ).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(answer).toEqual({ one: 1 });
    await expect(openCluster(true)).rejects.toThrow('already runs on');
  }, 60_000);

  it('of the database while its program ends, nothing is left running', async () => {
    for (const pauseMs of [0, 5, 20, 60, 150]) {
      const cluster = await openCluster(true);
      process.kill(await postmasterPid(), 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      await cluster.close();
    }
  }, 60_000);

  it('and a number that another program has by now, the lock file is not believed', async () => {
    const cluster = await openCluster(true);
    await cluster.close();
    const { uid, gid } = await stat(join(home, 'pg/data'));
    const credentials = process.getuid?.() === 0 ? { uid, gid } : {};
    const bystander = spawn('/bin/sleep', ['60'], { ...credentials, cwd: '/', stdio: 'ignore' });
    const lockFile = join(home, 'pg/data/postmaster.pid');
    await writeFile(lockFile, `${bystander.pid}\n${join(home, 'pg/data')}\n`);
    const again = await openCluster(true);
    expect(await ask(again.server, 'SELECT 1 AS one')).toEqual({ one: 1 });
    bystander.kill();
  }, 60_000);
});

const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

asRoot('started by root', () => {
  it('runs under a system user', async () => {
    await openCluster(true);
    const { uid } = await stat(join(home, 'pg/data'));
    expect(uid).not.toBe(0);
    const status = await readFile(`/proc/${await postmasterPid()}/status`, 'utf8');
    expect(/^Uid:\t(\d+)/m.exec(status)?.[1]).toBe(String(uid));
    expect(/^Groups:\t(.*)$/m.exec(status)?.[1]?.trim()).toBe('');
  }, 60_000);

  it('says what initdb said when that cannot make the cluster, and no password', async () => {
    const cluster = await openCluster(true);
    const { uid, gid } = await stat(join(home, 'pg/data'));
    await cluster.close();
    await rm(join(home, 'pg'), { recursive: true });
    await mkdir(join(home, 'pg'), { mode: 0o500 });
    await chown(join(home, 'pg'), uid, gid);
    const refusal = await openCluster(true).then(
      () => 'made',
      (error: unknown) => (error as Error).message,
    );
    expect(refusal).toMatch(/initdb could not make .*: .*initdb: error: could not .*Permission denied/);
    for (const name of await readdir(join(home, 'secrets'))) {
      expect(refusal).not.toContain((await readFile(join(home, 'secrets', name), 'utf8')).trim());
    }
  }, 60_000);

  it('puts the cluster elsewhere when that user cannot reach the home, and leaves the home as it is', async () => {
    await chmod(home, 0o700);
    const cluster = await openCluster(true);
    expect((await lstat(join(home, 'pg'))).isSymbolicLink()).toBe(true);
    const elsewhere = await readlink(join(home, 'pg'));
    expect(elsewhere).toMatch(/^\/var\/lib\/cinnabar\/[0-9a-f]{12}-/);
    expect((await stat(home)).mode & 0o777).toBe(0o700);
    await cluster.close();
    await rm(elsewhere, { recursive: true });
    expect(existsSync(elsewhere)).toBe(false);
    await expect(openCluster(true)).rejects.toThrow('points to a folder that is gone');
  }, 60_000);
});
