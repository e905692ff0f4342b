import type { OperationDeclaration } from '../operation.ts';
import { describeMembers } from './describe-schema.ts';
import type { MemberShape, Shape } from './member-shape.ts';

/** An operation's request and response as both protocols tell them. */
export interface OperationShape {
  readonly declaration: OperationDeclaration;
  /** Category and action in one word, as the manual writes SOAP methods (1.2): `AuthLogin`, `VerifyCER`. */
  readonly method: string;
  readonly request: readonly MemberShape[];
  readonly response: readonly MemberShape[];
}

const text = (maxLength: number): Shape => ({ kind: 'scalar', scalar: 'string', maxLength });

/** The envelope's `error` member. */
export const ERROR_MEMBER: MemberShape = {
  name: 'error',
  required: false,
  nullable: true,
  shape: {
    kind: 'object',
    type: 'Error',
    members: [
      { name: 'code', shape: { kind: 'scalar', scalar: 'string' }, required: true, nullable: false },
      { name: 'message', shape: { kind: 'scalar', scalar: 'string' }, required: true, nullable: false },
      { name: 'traceid', shape: { kind: 'scalar', scalar: 'string' }, required: false, nullable: false },
    ],
  },
};

/** SOAP's way to send the session token (manual, 1.2: "must be sent as a parameter"). */
export const TOKEN_MEMBER: MemberShape = { name: 'token', shape: text(512), required: false, nullable: false };

/** @throws Error for a schema without a wire form, or members that the protocols need for themselves */
export function shapeOf(declaration: OperationDeclaration): OperationShape {
  const { name, category, action } = declaration;
  const request = describeMembers(declaration.request, `${name} request`, 'request');
  const response = describeMembers(declaration.response, `${name} response`, 'response');
  if (request.some((member) => member.name === TOKEN_MEMBER.name))
    throw new Error(`${name} request.token is the session token's name`);
  if (response.some((member) => member.name === ERROR_MEMBER.name))
    throw new Error(`${name} response.error is the envelope's member`);
  return { declaration, method: `${category}${action}`, request, response };
}
