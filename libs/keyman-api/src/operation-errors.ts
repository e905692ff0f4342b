import type { ErrorCode } from '@cinnabar/core';
import { KEYMAN_ERRORS } from './error-codes.ts';
import type { OperationShape } from './shape/operation-shape.ts';
import type { MemberShape, Shape } from './shape/member-shape.ts';

/** Any operation can answer these, whatever it is. */
const ALWAYS: readonly ErrorCode[] = ['internal', 'too-many-requests'];

/** The K codes that an operation can answer: by its access, by its members, and those that it declares; in their order. */
export function errorCodesOf({ declaration, request }: OperationShape): readonly string[] {
  const codes = new Set<ErrorCode>([...ALWAYS, ...declaration.errors]);
  if (declaration.access !== 'anyone') codes.add('not-authenticated');
  if (declaration.access === 'admin') codes.add('not-authorised');
  if (request.length > 0) codes.add('invalid-parameter');
  if (request.some((member) => isNeeded(member))) codes.add('insufficient-parameters');
  return [...new Set([...codes].map((code) => KEYMAN_ERRORS[code].code))].sort();
}

function isNeeded({ required, shape }: MemberShape): boolean {
  return required || (shape.kind === 'object' && hasNeeded(shape));
}

function hasNeeded(shape: Extract<Shape, { kind: 'object' }>): boolean {
  return shape.members.some((member) => isNeeded(member));
}
