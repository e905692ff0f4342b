import { Transform, type Readable } from 'node:stream';
import { CodedError } from '@cinnabar/core';
import { sessionTokenOf } from '@cinnabar/http';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SessionReader } from '../../pipeline/session-reader.ts';
import { OpenMessages } from '../soap/open-messages.ts';
import { isServicePath } from '../soap/service-names.ts';
import { isMultipart } from './document-upload.ts';

/** What a caller without a session may send: enough for a log-in. */
const OPEN_MAX_BYTES = 64 * 1024;

/** A large SOAP message whose sender is not known yet has to arrive within this time. */
const OPEN_MESSAGE_LIMIT_MS = 60_000;

/** Asks for a session before a large body is read: nobody fills memory or disk without one. */
@Injectable()
export class LargeBodyGuard {
  constructor(
    private readonly sessions: SessionReader,
    private readonly openMessages: OpenMessages,
  ) {}

  /** Says that it is small enough for a caller without a session. */
  isSmall({ headers }: FastifyRequest): boolean {
    return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= OPEN_MAX_BYTES;
  }

  /**
   * For a body that {@link isSmall} does not let pass.
   *
   * @returns the body to read on: the same, or one that ends with an error where it grows too large
   * @throws CodedError `not-authenticated` for a body that says it is large and comes without a session; `too-many-requests`
   */
  async admit(request: FastifyRequest, reply: FastifyReply, body: Readable): Promise<Readable> {
    const isChunked = request.headers['transfer-encoding'] !== undefined;
    const token = sessionTokenOf(request.headers);
    if (token === undefined && isServicePath(request.url)) return this.admitOpen(reply, body);
    try {
      await this.sessions.read(token);
      return body;
    } catch (error) {
      // A form carries a document, which nobody sends before he has logged in; and its parser reads past what is piped here.
      if (!isChunked || isMultipart(request) || !CodedError.is(error, 'not-authenticated')) throw error;
      return body.pipe(upTo(OPEN_MAX_BYTES, error));
    }
  }

  /** A SOAP message has its token inside: it is read in its turn, which it holds until it is answered. */
  private async admitOpen(reply: FastifyReply, body: Readable): Promise<Readable> {
    const giveBack = await this.openMessages.turn();
    const late = setTimeout(() => {
      body.destroy(new CodedError('malformed-request', 'the message took too long to arrive'));
    }, OPEN_MESSAGE_LIMIT_MS);
    body.once('end', () => clearTimeout(late));
    reply.raw.once('close', () => {
      clearTimeout(late);
      giveBack();
    });
    if (reply.raw.destroyed) giveBack();
    return body;
  }
}

/** Some clients announce no length even for a log-in: they may send that much and not more. */
function upTo(maxBytes: number, refusal: CodedError): Transform {
  let length = 0;
  const limited = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      if (length > maxBytes) done(refusal);
      else done(null, chunk);
    },
  });
  // Where nobody reads the body (no such path, a method without one), nobody listens for its error, and it would end the process.
  return limited.on('error', () => undefined);
}
