import type { CodedError } from '@cinnabar/core';
import { KEYMAN_ERRORS, SUCCESS, toErrorObject, type ErrorObject, type RawRequest } from '@cinnabar/keyman-api';

/** How answers are dressed (contract, "REST"). */
export interface EnvelopeSettings {
  /** The K0000 object also where the samples print `null`. */
  readonly alwaysErrorObject: boolean;
  /** HTTP statuses for application errors, which otherwise come with 200. */
  readonly httpStatusErrors: boolean;
}

export interface RestAnswer {
  readonly status: number;
  readonly body: RawRequest;
}

/** Audit/List answers the K0000 object in the manual's own sample. */
const ALWAYS_OBJECT = new Set(['audit/list']);

/**
 * The envelope of an answer. Versions 4 to 6 of the path always carry `error:{code,message,traceid}`,
 * since their clients read `error.code` without looking.
 */
export function envelope(
  operation: string,
  version: number,
  members: RawRequest,
  error: CodedError | undefined,
  traceId: string,
  settings: EnvelopeSettings,
): RestAnswer {
  const later = version >= 4;
  if (error === undefined) {
    const asObject = later || settings.alwaysErrorObject || ALWAYS_OBJECT.has(operation.toLowerCase());
    return {
      status: 200,
      body: { error: asObject ? traced(SUCCESS, later, traceId) : null, ...encodeMembers(members) },
    };
  }
  const { alwaysStatus, mappedStatus } = KEYMAN_ERRORS[error.code];
  const status = alwaysStatus ?? (settings.httpStatusErrors ? mappedStatus : 200);
  return { status, body: { error: traced(toErrorObject(error, traceId), later, traceId), ...encodeMembers(members) } };
}

function traced(error: ErrorObject, later: boolean, traceId: string): ErrorObject {
  return later ? { ...error, traceid: traceId } : error;
}

/** `byte[]` members as base64; they stand at the top of every response that has any. */
function encodeMembers(members: RawRequest): RawRequest {
  const encoded: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(members)) {
    encoded[name] =
      value instanceof Uint8Array
        ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
        : value;
  }
  return encoded;
}
