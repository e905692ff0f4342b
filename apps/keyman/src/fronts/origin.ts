import { currentTrace } from '@cinnabar/http';
import type { FastifyRequest } from 'fastify';
import type { Origin } from '../pipeline/caller.ts';

/** Where a request comes from, and how it is named. */
export function originOf(request: FastifyRequest): Origin {
  return { ip: request.ip, traceId: request.id, callerId: currentTrace()?.callerId };
}
