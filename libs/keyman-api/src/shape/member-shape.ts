import type { Scalar } from './wire-form.ts';

/** A member's type, free of any protocol. */
export type Shape =
  | ScalarShape
  | { readonly kind: 'object'; readonly type: string; readonly members: readonly MemberShape[] }
  | { readonly kind: 'array'; readonly item: Shape }
  /** `[name, value]` pairs. */
  | { readonly kind: 'pairs' }
  /** JSON takes an object or an array of them; SOAP is told which of the two it has. */
  | { readonly kind: 'oneOrMany'; readonly soap: 'one' | 'many'; readonly item: Shape }
  /** Always null; kept because the manual lists the member. */
  | { readonly kind: 'null' };

export interface ScalarShape {
  readonly kind: 'scalar';
  readonly scalar: Scalar;
  /** The closed list, where there is one; requests may write it in any case. */
  readonly words?: readonly string[];
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface MemberShape {
  readonly name: string;
  readonly shape: Shape;
  /** Must be there; for members of an object that may itself be absent: where that object is there. */
  readonly required: boolean;
  readonly nullable: boolean;
  /** What it means, for people. */
  readonly description?: string;
}

/** How the contract's objects are called where a schema says nothing: `cert` is a Cert, and so is each item of `certlist`. */
export function typeNameOf(member: string): string {
  const singular = member.replace(/list$/, '').replace(/([^s])s$/, '$1');
  return singular.charAt(0).toUpperCase() + singular.slice(1);
}
