import { asPartOf, callerIdOf, type RequestTrace } from '@cinnabar/http';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Every answer says by it under which id log and audit have the request. */
export const TRACE_HEADER = 'x-correlation-id';
/** The caller's own id comes back under this name. */
const CALLER_HEADER = 'x-request-id';

/** Gives every request its id, in its answer and in all log lines that are written for it. */
export function nameRequests(fastify: FastifyInstance): void {
  const traces = new WeakMap<FastifyRequest, RequestTrace>();
  fastify.addHook('onRequest', (request, reply, done) => {
    const trace: RequestTrace = { traceId: request.id, callerId: callerIdOf(request.headers) };
    traces.set(request, trace);
    reply.header(TRACE_HEADER, trace.traceId);
    if (trace.callerId !== undefined) reply.header(CALLER_HEADER, trace.callerId);
    asPartOf(trace, done);
  });
  // A body arrives by events of the socket, which know nothing of the request.
  fastify.addHook('preValidation', (request, _reply, done) => {
    const trace = traces.get(request);
    if (trace === undefined) done();
    else asPartOf(trace, done);
  });
}
