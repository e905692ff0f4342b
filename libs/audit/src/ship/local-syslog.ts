import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { pid } from 'node:process';
import { text } from 'node:stream/consumers';
import { CodedError } from '@cinnabar/core';
import { isSystemError } from '@cinnabar/persistence';
import type { CheckpointSink } from './checkpoint-sink.ts';
import { writeWithin } from './write-within.ts';

/** Facility 13 (log audit), severity 5 (notice): RFC 5424 6.2.1. */
const PRIORITY = 13 * 8 + 5;

/** Of util-linux (Debian: bsdutils, on every system). */
const LOGGER = '/usr/bin/logger';
const LOGGER_LIMIT_MS = 5_000;
/** A line with all its heads is shorter; logger(1) would cut at 1 KiB. */
const LONGEST_MESSAGE = '65536';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** The socket of this machine's own syslog. */
export interface LocalSyslog {
  readonly transport: 'unix';
  readonly path: string;
}

/**
 * Checkpoints to the syslog daemon of this machine, in the form that such daemons read (RFC 3164, 4.1, without a host).
 * Node speaks Unix stream sockets; for a datagram socket, which `/dev/log` mostly is, logger(1) speaks.
 */
export class LocalSyslogSink implements CheckpointSink {
  readonly name: string;
  readonly #path: string;
  readonly #now: () => Date;
  readonly #logger: string;
  #socket: Socket | undefined;

  /** @param logger path of logger(1) */
  constructor({ path }: LocalSyslog, now: () => Date, logger = LOGGER) {
    this.name = `syslog at unix:${path}`;
    this.#path = path;
    this.#now = now;
    this.#logger = logger;
  }

  /**
   * A socket that is not there yet, or that nobody listens on, may come: only what can never work is refused.
   * @throws CodedError with a sentence
   */
  async requireSpeakable(): Promise<void> {
    const isThere = statSync(this.#path, { throwIfNoEntry: false });
    if (isThere?.isSocket() === false) throw refusal(`${this.#path} is not a socket.`);
    try {
      (await this.#connect()).destroy();
    } catch (error) {
      if (isSystemError(error, 'EPROTOTYPE') && !existsSync(this.#logger)) {
        throw refusal(
          `${this.#path} is a datagram socket, for which ${this.#logger} is needed, and that is not there. Install it (Debian: bsdutils), or use udp:// or tcp://.`,
        );
      }
    }
  }

  async send(lines: readonly string[]): Promise<void> {
    try {
      this.#socket = this.#socket?.destroyed === false ? this.#socket : await this.#connect();
    } catch (error) {
      if (!isSystemError(error, 'EPROTOTYPE')) throw error;
      await this.#sendDatagrams(lines);
      return;
    }
    const head = `<${PRIORITY}>${localTime(this.#now())} keyman[${pid}]: `;
    await writeWithin(this.#socket, Buffer.from(lines.map((line) => `${head}AUDIT-CHECKPOINT ${line}\n`).join('')));
  }

  close(): Promise<void> {
    this.#socket?.destroySoon();
    this.#socket = undefined;
    return Promise.resolve();
  }

  async #connect(): Promise<Socket> {
    const socket = connect({ path: this.#path });
    try {
      await once(socket, 'connect');
    } catch (error) {
      socket.destroy();
      throw error;
    }
    // A loss between two checkpoints is found by the next.
    socket.on('error', () => socket.destroy());
    // The daemon's farewell, or chatter, is not read by anybody.
    socket.on('end', () => socket.destroy());
    socket.resume().unref();
    return socket;
  }

  /** logger(1) tells of a lost message on its standard error only. */
  async #sendDatagrams(lines: readonly string[]): Promise<void> {
    const args = ['--socket', this.#path, '--socket-errors=on', '--size', LONGEST_MESSAGE];
    const child = spawn(this.#logger, [...args, '--tag', 'keyman', `--id=${pid}`, '--prio-prefix'], {
      env: {},
      stdio: ['pipe', 'ignore', 'pipe'],
      timeout: LOGGER_LIMIT_MS,
    });
    const ended = once(child, 'close') as Promise<[number | null]>;
    child.stdin.on('error', () => undefined); // The end of the program tells why.
    child.stdin.end(lines.map((line) => `<${PRIORITY}>AUDIT-CHECKPOINT ${line}\n`).join(''));
    const [said, [code]] = await Promise.all([text(child.stderr), ended]);
    if (code === 0 && said === '') return;
    throw Object.assign(new Error('logger(1) could not deliver'), { code: code === 0 ? 'ELOST' : `logger ${code}` });
  }
}

/** `Jan  2 03:04:05`, local time: RFC 3164 4.1.2. */
function localTime(now: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  return `${MONTHS[now.getMonth()]} ${String(now.getDate()).padStart(2, ' ')} ${time}`;
}

function refusal(sentence: string): CodedError {
  return new CodedError('refused-in-state', `KEYMAN_SYSLOG: ${sentence}`);
}
