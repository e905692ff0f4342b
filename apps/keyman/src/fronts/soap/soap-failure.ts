import { CodedError } from '@cinnabar/core';
import { Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EnvelopeRefusal } from './open-envelope.ts';
import { soapFault } from './soap-fault.ts';
import { announcedVersion, isSoapContentType, SOAP_1_1, type SoapVersion } from './soap-version.ts';

/**
 * Answers a message that no operation answers. The text of an error that nobody thought of stays here.
 *
 * @param spoken the envelope's version, where it was read that far
 */
export function sendSoapFailure(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  namespace: string,
  traceId: string,
  spoken?: SoapVersion,
): void {
  const kind = error instanceof EnvelopeRefusal ? error.kind : undefined;
  const coded = codedOf(error);
  if (coded.code === 'internal')
    new Logger('Soap').error(`failed trace=${traceId} ${error instanceof Error ? error.name : 'unknown error'}`);
  const contentType = request.headers['content-type'];
  // A version that we do not know is told in 1.1 (SOAP 1.2 part 1, appendix A).
  const version = kind === 'version' ? SOAP_1_1 : (spoken ?? announcedVersion(contentType));
  const fault = soapFault(coded, version, namespace, traceId, kind);
  reply
    .header('cache-control', 'no-store')
    .status(request.body !== undefined && !isSoapContentType(contentType) ? 415 : fault.status)
    .type(version.contentType)
    .send(fault.xml);
}

function codedOf(error: unknown): CodedError {
  if (CodedError.is(error)) return error;
  if (error instanceof EnvelopeRefusal) return new CodedError('malformed-request', error.message);
  return new CodedError('internal', 'internal error', { cause: error });
}
