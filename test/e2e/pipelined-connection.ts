import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import type { Answer } from './rest-caller.ts';

type Json = Readonly<Record<string, unknown>>;

const HEADERS_END = Buffer.from('\r\n\r\n');

/**
 * One keep-alive connection that writes its requests back to back, without waiting for answers (HTTP pipelining,
 * RFC 9112 section 9.3.2): the server has all of them at once, in this order, and answers in this order.
 */
export class PipelinedConnection {
  private readonly socket: Socket;
  private readonly host: string;
  private readonly token: string;
  private readonly chunks: AsyncIterator<Buffer, undefined>;
  private received = Buffer.alloc(0);

  private constructor(socket: Socket, host: string, token: string) {
    this.socket = socket;
    this.host = host;
    this.token = token;
    this.chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  }

  static async open(url: string, token: string): Promise<PipelinedConnection> {
    const { hostname, port, host } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.setNoDelay(true);
    return new PipelinedConnection(socket, host, token);
  }

  /** Sends all bodies in one write. Resolves to the answers in the order of the bodies. */
  async callAll(operation: string, bodies: readonly unknown[]): Promise<Answer[]> {
    this.socket.write(bodies.map((body) => this.requestText(operation, JSON.stringify(body))).join(''));
    const answers: Answer[] = [];
    while (answers.length < bodies.length) {
      const answer = this.takeAnswer();
      if (answer === undefined) await this.more();
      else answers.push(answer);
    }
    return answers;
  }

  close(): void {
    this.socket.destroy();
  }

  private requestText(operation: string, body: string): string {
    return [
      `POST /Keyman/rest/v3/${operation} HTTP/1.1`,
      `Host: ${this.host}`,
      'Content-Type: application/json',
      `Authentication: ${this.token}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n');
  }

  private async more(): Promise<void> {
    const { value, done } = await this.chunks.next();
    if (done === true) throw new Error('the server closed the connection before it had answered everything');
    this.received = Buffer.concat([this.received, value]);
  }

  /** The first whole answer of what came in; undefined: more has to come. */
  private takeAnswer(): Answer | undefined {
    const bodyStart = this.received.indexOf(HEADERS_END) + HEADERS_END.length;
    if (bodyStart < HEADERS_END.length) return undefined;
    const head = this.received.subarray(0, bodyStart).toString('latin1');
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1]);
    if (this.received.length < bodyStart + length) return undefined;
    const body = JSON.parse(this.received.subarray(bodyStart, bodyStart + length).toString('utf8')) as Json;
    this.received = this.received.subarray(bodyStart + length);
    const error = body['error'] as { code: string; message: string } | null;
    const status = Number(head.slice(9, 12));
    return { status, body, code: error?.code ?? 'K0000', message: error?.message ?? '' };
  }
}

/** Sends the bodies over two such connections at once, half and half in turn, and answers in the order of the bodies. */
export async function overTwoConnections(
  url: string,
  token: string,
  operation: string,
  bodies: readonly unknown[],
): Promise<Answer[]> {
  const connections = await Promise.all([PipelinedConnection.open(url, token), PipelinedConnection.open(url, token)]);
  try {
    const [even, odd] = await Promise.all(
      connections.map((connection, half) =>
        connection.callAll(
          operation,
          bodies.filter((_, index) => index % 2 === half),
        ),
      ),
    );
    return bodies.map((_, index) => {
      const answer = (index % 2 === 0 ? even : odd)?.[Math.floor(index / 2)];
      if (answer === undefined) throw new Error('an answer is missing');
      return answer;
    });
  } finally {
    for (const connection of connections) connection.close();
  }
}
