import { createSocket } from 'node:dgram';
import { connect, isIPv6, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { pid } from 'node:process';
import type { CheckpointSink } from './checkpoint-sink.ts';
import { type LocalSyslog, LocalSyslogSink } from './local-syslog.ts';
import { writeWithin } from './write-within.ts';

/** Facility 13 (log audit), severity 5 (notice): RFC 5424 6.2.1. */
const PRIORITY = 13 * 8 + 5;

/** Where a syslog server listens on the network. */
export interface NetworkSyslog {
  readonly transport: 'udp' | 'tcp';
  readonly host: string;
  readonly port: number;
}

export type SyslogAddress = NetworkSyslog | LocalSyslog;

/**
 * Reads `udp://host:port` or `tcp://host:port` (port 514 where none is given), or `unix:/path/of/a/socket`. Undefined for
 * anything else.
 */
export function readSyslogAddress(text: string): SyslogAddress | undefined {
  const [, path] = /^unix:(?:\/\/)?(\/(?!\/)[^\0]+)$/.exec(text) ?? [];
  if (path !== undefined) return { transport: 'unix', path };
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname: host, port, pathname, search, hash, username, password } = new URL(text);
  if ((protocol !== 'udp:' && protocol !== 'tcp:') || host === '') return undefined;
  if (!['', '/'].includes(pathname) || `${search}${hash}${username}${password}` !== '') return undefined;
  const transport = protocol === 'udp:' ? 'udp' : 'tcp';
  return { transport, host: host.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? 514 : Number(port) };
}

/**
 * Checkpoints to syslog.
 * @throws CodedError with a sentence for the operator where the address cannot be spoken to at all
 */
export async function openSyslog(address: SyslogAddress, now: () => Date): Promise<CheckpointSink> {
  if (address.transport !== 'unix') return new SyslogSink(address, now);
  const sink = new LocalSyslogSink(address, now);
  await sink.requireSpeakable();
  return sink;
}

/** Checkpoints as syslog messages over the network. A syslog server confirms nothing: what it lost is seen as a missing number. */
export class SyslogSink implements CheckpointSink {
  readonly name: string;
  readonly #address: NetworkSyslog;
  readonly #now: () => Date;
  #socket: Socket | undefined;

  constructor(address: NetworkSyslog, now: () => Date) {
    const { transport, host, port } = address;
    this.name = `syslog at ${transport}://${isIPv6(host) ? `[${host}]` : host}:${port}`;
    this.#address = address;
    this.#now = now;
  }

  async send(lines: readonly string[]): Promise<void> {
    const messages = lines.map((line) => Buffer.from(syslogMessage(line, this.#now())));
    if (this.#address.transport === 'udp') await sendDatagrams(messages, this.#address);
    else await this.#sendFrames(messages);
  }

  close(): Promise<void> {
    this.#socket?.destroySoon();
    this.#socket = undefined;
    return Promise.resolve();
  }

  /** Octet counting: RFC 6587 3.4.1. */
  async #sendFrames(messages: readonly Buffer[]): Promise<void> {
    const frames = Buffer.concat(messages.flatMap((message) => [Buffer.from(`${message.length} `), message]));
    const known = this.#socket;
    const socket = known === undefined || known.destroyed ? connect(this.#address) : known;
    this.#socket = socket;
    if (socket !== known) {
      // A loss between two checkpoints is found by the next.
      socket.on('error', () => socket.destroy());
      // The server's farewell; what it says before is not read by anybody, and must not stand in its way.
      socket.on('end', () => socket.destroy());
      socket.resume().unref();
    }
    await writeWithin(socket, frames);
  }
}

/** RFC 5424 6: version 1, no structured data, the line as MSG. */
export function syslogMessage(line: string, now: Date): string {
  const host =
    hostname()
      .replaceAll(/[^\x21-\x7e]/g, '')
      .slice(0, 255) || '-';
  return `<${PRIORITY}>1 ${now.toISOString()} ${host} keyman ${pid} AUDIT-CHECKPOINT - ${line}`;
}

/** One message a datagram: RFC 5426 3.1. */
async function sendDatagrams(messages: readonly Buffer[], { host, port }: NetworkSyslog): Promise<void> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const failed = Promise.withResolvers<never>();
  socket.once('error', failed.reject);
  try {
    for (const message of messages) {
      const sent = new Promise<undefined>((resolve, reject) => {
        socket.send(message, port, host, (error) => (error === null ? resolve(undefined) : reject(error)));
      });
      await Promise.race([sent, failed.promise]);
    }
  } finally {
    socket.close();
  }
}
