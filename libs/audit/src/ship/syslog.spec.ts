import { afterEach, describe, expect, it } from '@jest/globals';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { readSyslogAddress, SyslogSink } from './syslog.ts';

const now = (): Date => new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6));
const HEADER = /^<109>1 2026-01-02T03:04:05\.006Z [\x21-\x7e]+ keyman \d+ AUDIT-CHECKPOINT - /;

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

/** A syslog server that keeps what it hears. */
async function tcpServer(port = 0): Promise<{ server: Server; heard: () => string; port: number; sockets: Socket[] }> {
  const chunks: Buffer[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  open.push({ close });
  return {
    server,
    sockets,
    heard: () => Buffer.concat(chunks).toString(),
    port: (server.address() as AddressInfo).port,
  };
}

async function eventually(promise: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 1_000 && !promise(); attempt += 1) await new Promise((done) => setTimeout(done, 20));
  expect(promise()).toBe(true);
}

describe('syslog', () => {
  it('reads where to send, and refuses what it cannot do', () => {
    expect(readSyslogAddress('udp://logs.example:5514')).toEqual({
      transport: 'udp',
      host: 'logs.example',
      port: 5514,
    });
    expect(readSyslogAddress('tcp://[::1]')).toEqual({ transport: 'tcp', host: '::1', port: 514 });
    for (const local of ['unix:/dev/log', 'unix:///dev/log']) {
      expect(readSyslogAddress(local)).toEqual({ transport: 'unix', path: '/dev/log' });
    }
    for (const wrong of [
      'logs.example',
      'unix:log',
      'unix://host/log',
      'https://logs.example',
      'udp://',
      'tcp://logs/x',
      'udp://u:p@logs',
    ]) {
      expect(readSyslogAddress(wrong)).toBeUndefined();
    }
  });

  it('sends one datagram for each checkpoint', async () => {
    const server = createSocket('udp4');
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    open.push(server);
    const heard: string[] = [];
    server.on('message', (message) => heard.push(message.toString()));
    const sink = new SyslogSink({ transport: 'udp', host: '127.0.0.1', port: server.address().port }, now);
    await sink.send(['{"checkpoint":1}', '{"checkpoint":2}']);
    await eventually(() => heard.length === 2);
    expect(heard[0]).toMatch(HEADER);
    expect(heard.map((message) => message.replace(HEADER, ''))).toEqual(['{"checkpoint":1}', '{"checkpoint":2}']);
    await sink.close();
  });

  it('counts octets over TCP, on one connection', async () => {
    const { heard, port, sockets } = await tcpServer();
    const sink = new SyslogSink({ transport: 'tcp', host: '127.0.0.1', port }, now);
    await sink.send(['{"checkpoint":"é"}']);
    await sink.send(['{"checkpoint":2}']);
    await eventually(() => heard().includes('{"checkpoint":2}'));
    const bytes = Buffer.from(heard());
    const [, length = ''] = /^(\d+) /.exec(heard()) ?? [];
    const first = bytes.subarray(length.length + 1, length.length + 1 + Number(length)).toString();
    expect(first).toMatch(HEADER);
    expect(first.endsWith('{"checkpoint":"é"}')).toBe(true);
    expect(sockets).toHaveLength(1);
    await sink.close();
  });

  it('hears a server’s farewell behind what it said, and sends the next on a new connection', async () => {
    const { heard, port, server, sockets } = await tcpServer();
    server.on('connection', (socket) => socket.write('220 welcome\r\n'));
    const sink = new SyslogSink({ transport: 'tcp', host: '127.0.0.1', port }, now);
    await sink.send(['{"checkpoint":1}']);
    await eventually(() => heard().includes('{"checkpoint":1}'));
    const [first] = sockets;
    first?.end();
    if (first !== undefined) await once(first, 'close');
    await sink.send(['{"checkpoint":2}']);
    await eventually(() => heard().includes('{"checkpoint":2}'));
    expect(sockets).toHaveLength(2);
    await sink.close();
  });

  it('says so when nobody listens, and connects anew afterwards', async () => {
    const { server, port } = await tcpServer();
    server.close();
    await once(server, 'close');
    const sink = new SyslogSink({ transport: 'tcp', host: '127.0.0.1', port }, now);
    await expect(sink.send(['{}'])).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const { heard } = await tcpServer(port);
    await sink.send(['{"checkpoint":3}']);
    await eventually(() => heard().endsWith('{"checkpoint":3}'));
    await sink.close();
  });
});
