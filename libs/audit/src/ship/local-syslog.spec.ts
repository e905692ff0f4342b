import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalSyslogSink } from './local-syslog.ts';
import { openSyslog } from './syslog.ts';

/** Local time, as daemons expect it. */
const now = (): Date => new Date(2026, 0, 2, 3, 4, 5);

/** Binds a datagram socket and prints what comes, a line each. Node itself cannot. */
const DATAGRAM_SERVER = `
  use IO::Socket::UNIX; use Socket; $| = 1;
  my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die $!;
  print "ready\n";
  while (1) { $socket->recv(my $message, 100000); print "$message\n"; }`;

let directory: string;
let path: string;
let server: Server | undefined;
let daemon: ChildProcess | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cinnabar-syslog-'));
  path = join(directory, 'log');
});
afterEach(async () => {
  server?.close();
  daemon?.kill();
  await rm(directory, { recursive: true });
});

async function streamServer(): Promise<() => string> {
  const chunks: Buffer[] = [];
  server = createServer((socket) => socket.on('data', (chunk) => chunks.push(chunk)));
  server.listen(path);
  await once(server, 'listening');
  return () => Buffer.concat(chunks).toString();
}

async function datagramServer(): Promise<() => string> {
  let heard = '';
  const child = spawn('perl', ['-e', DATAGRAM_SERVER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  daemon = child;
  child.stdout.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  await eventually(() => heard === 'ready\n');
  return () => heard.slice('ready\n'.length);
}

async function eventually(promise: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 1_000 && !promise(); attempt += 1) await new Promise((done) => setTimeout(done, 20));
  expect(promise()).toBe(true);
}

describe('the syslog of this machine', () => {
  it('is spoken to over a stream socket, a line each, on one connection', async () => {
    const heard = await streamServer();
    const sink = await openSyslog({ transport: 'unix', path }, now);
    await sink.send(['{"checkpoint":"é"}', '{"checkpoint":2}']);
    await sink.send(['{"checkpoint":3}']);
    await eventually(() => heard().includes('{"checkpoint":3}'));
    const head = `<109>Jan  2 03:04:05 keyman[${process.pid}]: AUDIT-CHECKPOINT `;
    expect(heard()).toBe(
      ['{"checkpoint":"é"}', '{"checkpoint":2}', '{"checkpoint":3}'].map((line) => `${head}${line}\n`).join(''),
    );
    await sink.close();
  });

  it('is spoken to over a datagram socket by logger(1), a long line too', async () => {
    const heard = await datagramServer();
    const sink = await openSyslog({ transport: 'unix', path }, now);
    const long = `{"checkpoint":"${'x'.repeat(9_000)}"}`;
    await sink.send(['{"checkpoint":"é"}', long]);
    await eventually(() => heard().endsWith(`${long}\n`));
    const messages = heard().trimEnd().split('\n');
    expect(messages).toHaveLength(2);
    expect(messages[0]).toMatch(/^<109>[A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d keyman\[\d+\]: AUDIT-CHECKPOINT /);
    expect(messages[0]?.endsWith(' AUDIT-CHECKPOINT {"checkpoint":"é"}')).toBe(true);
    await sink.close();
  });

  it('says so when nobody listens, and is spoken to again afterwards', async () => {
    const sink = await openSyslog({ transport: 'unix', path }, now);
    await expect(sink.send(['{}'])).rejects.toMatchObject({ code: 'ENOENT' });
    const heard = await datagramServer();
    await sink.send(['{"checkpoint":1}']);
    await eventually(() => heard().includes('{"checkpoint":1}'));
    daemon?.kill('SIGKILL');
    if (daemon !== undefined) await once(daemon, 'close');
    await expect(sink.send(['{}'])).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await sink.close();
  });

  it('stops the start with a sentence where it cannot be spoken to', async () => {
    await datagramServer();
    const sink = new LocalSyslogSink({ transport: 'unix', path }, now, '/nonexistent/logger');
    await expect(sink.requireSpeakable()).rejects.toThrow(/KEYMAN_SYSLOG: .* is a datagram socket, for which .*logger/);
    const file = join(directory, 'file');
    await writeFile(file, '');
    const opened = openSyslog({ transport: 'unix', path: file }, now);
    await expect(opened).rejects.toThrow(/KEYMAN_SYSLOG/);
  });
});
