import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import { CodedError } from '@cinnabar/core';
import { Logger } from '@nestjs/common';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isServicePath } from '../soap/service-names.ts';
import { sendSoapFailure } from '../soap/soap-failure.ts';
import type { AddressRate } from '../rate/address-rate.ts';
import { RateRefusal } from '../../pipeline/rate-refusal.ts';
import { collectBody, tooLarge } from './collect-body.ts';
import { discardRest } from './discard-rest.ts';
import { drainOnClose } from './drain-on-close.ts';
import { keepRequestPace } from './keep-pace.ts';
import type { LargeBodyGuard } from './large-body-guard.ts';
import { nameRequests, TRACE_HEADER } from './name-requests.ts';
import { envelope, type EnvelopeSettings } from './rest-answer.ts';

/** Prepares Fastify for our bodies and errors: everything that leaves, however early it failed, is the contract's envelope. */
export function setUpFastify(
  fastify: FastifyInstance,
  guard: LargeBodyGuard,
  rate: AddressRate,
  bodyLimit: number,
): void {
  nameRequests(fastify);
  if (rate.isOn) fastify.addHook('onRequest', async (request) => rate.admit(request));
  fastify.removeAllContentTypeParsers();
  fastify.register(multipart, { attachFieldsToBody: false });
  // Clients name all sorts of content types for JSON; the reader decides what it is.
  fastify.addContentTypeParser('*', (request: FastifyRequest, body: IncomingMessage) => {
    const { 'content-length': announced } = request.headers;
    return collectBody(body, announced === undefined ? undefined : Number(announced), bodyLimit);
  });
  fastify.addHook('onRequest', (request, _reply, done) => {
    keepRequestPace(request.raw);
    done();
  });
  // Small bodies pass without a turn of promises: they are nearly all there is.
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    if (guard.isSmall(request)) done(null, payload);
    else
      guard.admit(request, reply, payload as Readable).then(
        (body) => done(null, body as typeof payload),
        (error: unknown) => done(error as Error),
      );
  });
  drainOnClose(fastify);
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    reply.header('x-content-type-options', 'nosniff');
    done(null, payload);
  });
}

export interface FailureSettings {
  readonly envelope: EnvelopeSettings;
  readonly soapNamespace: string;
}

/** Answers whatever went wrong before or outside an operation. */
export function answerFailure(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  settings: FailureSettings,
): void {
  const coded = codedOf(error);
  const traceId = request.id;
  // What fails before a path is sought met no hook.
  reply.header(TRACE_HEADER, traceId);
  if (error instanceof RateRefusal) reply.header('retry-after', error.retryAfterSeconds);
  // Fastify would close at once, and the reset that follows could take the answer with it.
  reply.removeHeader('connection');
  discardRest(request.raw, reply.raw);
  if (request.method === 'POST' && isServicePath(request.url)) {
    sendSoapFailure(coded, request, reply, settings.soapNamespace, traceId);
    return;
  }
  if (coded.code === 'internal')
    new Logger('Rest').error(
      `${request.method} ${request.routeOptions.url ?? 'no route'} failed trace=${traceId} ${nameOf(error)}`,
    );
  const version = /^\/keyman\/rest\/v([3-6])\//i.exec(request.url)?.[1] ?? '3';
  const answer = envelope('', Number(version), {}, coded, traceId, settings.envelope);
  reply
    .header('cache-control', 'no-store')
    .status(answer.status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify(answer.body));
}

/** Fastify's and Nest's own errors in our words; their texts may quote the request. */
function codedOf(error: unknown): CodedError {
  if (CodedError.is(error)) return error;
  const { statusCode, code, status } = error as Partial<FastifyError> & { status?: number };
  const httpStatus = statusCode ?? status;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE' || httpStatus === 413) return tooLarge();
  if (httpStatus === 404) return new CodedError('unknown-operation', 'there is no such operation');
  if (httpStatus !== undefined && httpStatus >= 400 && httpStatus < 500)
    return new CodedError('malformed-request', 'the request cannot be read');
  return new CodedError('internal', 'internal error', { cause: error });
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown error';
}
