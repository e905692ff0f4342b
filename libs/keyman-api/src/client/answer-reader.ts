import type { ErrorObject } from '../error-codes.ts';
import type { OperationDeclaration, RawRequest } from '../operation.ts';
import { isRecord } from '../request-shapes.ts';
import { KeymanAnswerError, KeymanError } from './client-errors.ts';
import type { Deadline } from './deadline.ts';
import { failureOf } from './rest-exchange.ts';
import { decodeBytes } from './wire-members.ts';

/** Where a server, or a proxy before it, tells under which id the request is known. */
const TRACE_HEADERS = ['x-correlation-id', 'x-request-id', 'x-trace-id'];

/** Did the document itself come back, instead of JSON? */
export function isBytes(response: Response): boolean {
  return response.ok && mediaType(response) === 'application/octet-stream';
}

/** Reads an answer that holds the document as bytes. */
export async function readBytes(operation: string, response: Response, deadline: Deadline): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    // Refusals come as JSON: where bytes begin, the operation took place.
    throw failureOf(operation, error, 'performed', deadline);
  }
}

/**
 * Reads the envelope: the members as declared, without those that nobody declared.
 *
 * @throws KeymanError for an error of the contract, KeymanAnswerError for what is no answer of this operation
 */
export async function readMembers(
  declaration: OperationDeclaration,
  response: Response,
  deadline: Deadline,
): Promise<RawRequest> {
  const operation = declaration.name;
  const httpStatus = response.status;
  const body = await readJson(operation, response, deadline);
  const { error, ...members } = body;
  const refusal = errorOf(error);
  const traceId = refusal?.traceid ?? traceIdOf(response);
  if (refusal !== undefined && refusal.code !== 'K0000') {
    const retryAfterSeconds = secondsOf(response.headers.get('retry-after'));
    throw new KeymanError(operation, refusal, { httpStatus, traceId, retryAfterSeconds, members });
  }
  if (!response.ok || !('error' in body))
    throw new KeymanAnswerError(operation, 'unknown', 'the answer is not keyman’s', { httpStatus, traceId });
  return validated(declaration, members, { httpStatus, traceId });
}

/** @throws KeymanAnswerError; only the members' names are told, never their values */
export function validated(
  declaration: OperationDeclaration,
  members: RawRequest,
  details: { readonly httpStatus: number; readonly traceId?: string | undefined },
): RawRequest {
  const parsed = declaration.response.safeParse(decodeBytes(declaration.response, members));
  if (parsed.success) return parsed.data as RawRequest;
  const names = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new KeymanAnswerError(
    declaration.name,
    'performed',
    `the answer is not as declared: ${names.slice(0, 200)}`,
    details,
  );
}

async function readJson(operation: string, response: Response, deadline: Deadline): Promise<RawRequest> {
  const httpStatus = response.status;
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    throw failureOf(operation, error, 'unknown', deadline);
  }
  const body = parsedJson(text);
  if (isRecord(body)) return body;
  // A proxy that redirects or refuses did not pass the request on; one that fails may have.
  const outcome = httpStatus >= 300 && httpStatus < 500 ? 'not-performed' : 'unknown';
  const why = httpStatus >= 300 && httpStatus < 400 ? 'redirections are not followed' : 'the answer is not keyman’s';
  throw new KeymanAnswerError(operation, outcome, why, { httpStatus, traceId: traceIdOf(response) });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function errorOf(error: unknown): ErrorObject | undefined {
  if (!isRecord(error)) return undefined;
  const { code, message, traceid } = error as { code?: unknown; message?: unknown; traceid?: unknown };
  if (typeof code !== 'string') return undefined;
  return {
    code,
    message: typeof message === 'string' ? message : '',
    ...(typeof traceid === 'string' ? { traceid } : {}),
  };
}

function traceIdOf(response: Response): string | undefined {
  for (const name of TRACE_HEADERS) {
    const value = response.headers.get(name);
    if (value !== null) return value;
  }
  return undefined;
}

function mediaType(response: Response): string | undefined {
  return response.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
}

/** `Retry-After` in seconds (RFC 9110 section 10.2.3); its other form, a date, says nothing without a common clock. */
function secondsOf(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}
