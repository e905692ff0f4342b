import { connect } from 'node:net';
import type { HeavyRequest, Sender } from './heavy-request.ts';

export interface TimedAnswer {
  readonly status: number;
  readonly text: string;
  /** From the last byte that was handed over, or the answer's first if that came before, to the answer's end. */
  readonly tookMs: number;
}

/** An answer that does not come within this is none. */
const PATIENCE_MS = 120_000;

/** A body as it goes over the wire. */
export function framedBody(request: HeavyRequest, sender: Sender): Buffer {
  const body = request.body(sender);
  return request.chunkBytes === undefined ? body : chunked(body, request.chunkBytes);
}

/**
 * Sends a request over a connection of its own, and takes the time from its last byte on.
 *
 * @param framed its body, made beforehand: that takes time too
 */
export function timedSend(url: string, request: HeavyRequest, sender: Sender, framed: Buffer): Promise<TimedAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let sentAt = Number.POSITIVE_INFINITY;
    let answer = '';
    const socket = connect({ port: Number(port), host: hostname, noDelay: true }, () => {
      socket.write(headOf(request, sender, framed.length));
      socket.write(framed, () => {
        sentAt = performance.now();
      });
    });
    const late = setTimeout(() => socket.destroy(new Error(`${request.name}: no answer`)), PATIENCE_MS);
    const end = (): void => {
      clearTimeout(late);
      const head = /^HTTP\/1\.1 (\d{3}) .*?\r\n\r\n/s.exec(answer);
      if (head === null) {
        reject(new Error(`${request.name}: the connection ended without an answer`));
        return;
      }
      const now = performance.now();
      resolve({ status: Number(head[1]), text: answer.slice(head[0].length), tookMs: sentAt > now ? 0 : now - sentAt });
    };
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
      if (!isWhole(answer)) return;
      end();
      socket.destroy();
    });
    // Who answers early need not read on, and may reset what it does not read.
    socket.on('error', (error) => {
      clearTimeout(late);
      if (answer === '') reject(new Error(`${request.name}: ${error.message}`));
    });
    socket.on('close', end);
  });
}

function headOf(request: HeavyRequest, { token }: Sender, length: number): string {
  const headers = {
    host: 'keyman',
    'content-type': request.contentType,
    ...(request.chunkBytes === undefined ? { 'content-length': String(length) } : { 'transfer-encoding': 'chunked' }),
    ...(request.token === 'header' ? { authentication: token } : {}),
    ...request.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${request.path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function chunked(body: Buffer, chunkBytes: number): Buffer {
  const frame = chunkBytes.toString(16).length + 4;
  const whole = Math.floor(body.length / chunkBytes);
  const out = Buffer.allocUnsafe(whole * (chunkBytes + frame) + body.length + frame + 16);
  let at = 0;
  for (let from = 0; from < body.length; from += chunkBytes) {
    const length = Math.min(chunkBytes, body.length - from);
    at += out.write(`${length.toString(16)}\r\n`, at, 'latin1');
    at += body.copy(out, at, from, from + length);
    at += out.write('\r\n', at, 'latin1');
  }
  at += out.write('0\r\n\r\n', at, 'latin1');
  return out.subarray(0, at);
}

/** Are head and body of the answer there? Every answer of keyman announces its length, but for streamed documents. */
function isWhole(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, end))?.[1];
  return length === undefined ? answer.endsWith('\r\n0\r\n\r\n') : answer.length >= end + 4 + Number(length);
}
