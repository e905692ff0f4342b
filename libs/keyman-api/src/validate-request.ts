import { CodedError } from '@cinnabar/core';
import type { z } from 'zod';
import type { OperationDeclaration, RequestOf } from './operation.ts';
import { toRequestShape } from './request-shapes.ts';

/**
 * Reads a decoded body as an operation's request.
 *
 * @throws CodedError `insufficient-parameters` (detail: the member), `invalid-parameter` (detail: `member: why`), `malformed-request`
 */
export function validateRequest<Declaration extends OperationDeclaration>(
  declaration: Declaration,
  body: unknown,
): RequestOf<Declaration> {
  const shaped = toRequestShape(body, declaration.emptyClears);
  if (shaped === undefined)
    throw new CodedError('malformed-request', 'the request is not an object, or is nested too deep');
  const parsed = declaration.request.safeParse(declaration.adapt(shaped), { reportInput: true });
  if (parsed.success) return parsed.data as RequestOf<Declaration>;
  throw asCodedError(parsed.error.issues);
}

/** A missing member is told before a wrong one: the manual's clients look for K0004. */
function asCodedError(issues: readonly z.core.$ZodIssue[]): CodedError {
  const missing = issues.find((issue) => isMissing(issue));
  if (missing !== undefined) return new CodedError('insufficient-parameters', memberOf(missing));
  const [first] = issues;
  if (first === undefined) return new CodedError('malformed-request', 'the request cannot be read');
  return new CodedError('invalid-parameter', `${memberOf(first)}: ${first.message}`);
}

function isMissing(issue: z.core.$ZodIssue): boolean {
  return (
    issue.path.length > 0 &&
    issue.input === undefined &&
    (issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.code === 'invalid_union')
  );
}

function memberOf(issue: z.core.$ZodIssue): string {
  return (
    issue.path.reduce<string>(
      (path, key) =>
        typeof key === 'number' ? `${path}[${key}]` : path === '' ? String(key) : `${path}.${String(key)}`,
      '',
    ) || 'request'
  );
}
