import { Transform, type Readable } from 'node:stream';
import { CodedError } from '@cinnabar/core';
import { sessionTokenOf } from '@cinnabar/http';
import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { SessionReader } from '../../pipeline/session-reader.ts';

/** What a caller without a session may send: enough for a log-in. */
const OPEN_MAX_BYTES = 64 * 1024;

/** Asks for a session before a large body is read: nobody fills memory or disk without one. */
@Injectable()
export class LargeBodyGuard {
  constructor(private readonly sessions: SessionReader) {}

  /**
   * @returns the body to read on: the same, or one that ends with an error where it grows too large
   * @throws CodedError `not-authenticated` for a body that says it is large and comes without a session
   */
  async admit(request: FastifyRequest, body: Readable): Promise<Readable> {
    const announced = request.headers['content-length'];
    const isChunked = request.headers['transfer-encoding'] !== undefined;
    if (!isChunked && Number(announced ?? 0) <= OPEN_MAX_BYTES) return body;
    try {
      await this.sessions.read(sessionTokenOf(request.headers));
      return body;
    } catch (error) {
      if (!isChunked || !CodedError.is(error, 'not-authenticated')) throw error;
      return body.pipe(upTo(OPEN_MAX_BYTES, error));
    }
  }
}

/** Some clients announce no length even for a log-in: they may send that much and not more. */
function upTo(maxBytes: number, refusal: CodedError): Transform {
  let length = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      if (length > maxBytes) done(refusal);
      else done(null, chunk);
    },
  });
}
