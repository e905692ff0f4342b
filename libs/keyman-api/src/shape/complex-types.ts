import type { MemberShape, ScalarShape, Shape } from './member-shape.ts';
import { ERROR_MEMBER, TOKEN_MEMBER, type OperationShape } from './operation-shape.ts';

/** A named type with every member that any operation sends or answers in it: a WCF client has one class `Cert`. */
export interface ComplexType {
  readonly name: string;
  /** In ordinal order of their names, in which WCF's data contracts are read. */
  readonly members: readonly ComplexMember[];
}

export interface ComplexMember {
  readonly name: string;
  readonly type: WireType;
  /** Whether absence differs from the type's empty value anywhere: `disabled` not sent is not `disabled` false. */
  readonly nillable: boolean;
}

/** A type as SOAP has it: scalars, references to complex types, arrays of either. */
export type WireType =
  | { readonly kind: 'scalar'; readonly scalar: ScalarShape['scalar'] }
  | { readonly kind: 'object'; readonly type: string }
  | { readonly kind: 'array'; readonly name: string; readonly element: string; readonly item: WireType };

/** Pairs as WCF knows them (manual, 10.1: `KeyPair[]`). */
export const KEY_PAIR = 'KeyPair';

/** The data contracts of SOAP: one type for each object of the manual, one for each request and response. */
export class ComplexTypes {
  private readonly byName = new Map<string, Map<string, Merged>>();

  /** @throws Error where two operations give one type's member different types */
  constructor(operations: readonly OperationShape[]) {
    for (const { method, request, response } of operations) {
      this.take(`${method}Request`, [...request, TOKEN_MEMBER]);
      // Not `…Response`, as the manual has it: .NET names the anonymous type of the wrapping element so, and in one
      // namespace svcutil then imports neither.
      this.take(`${method}Result`, [...response, ERROR_MEMBER]);
    }
  }

  /** In ordinal order of their names. */
  all(): readonly ComplexType[] {
    return [...this.byName.keys()].sort(ordinal).map((name) => this.get(name));
  }

  get(name: string): ComplexType {
    const members = this.byName.get(name);
    if (members === undefined) throw new Error(`there is no type ${name}`);
    return {
      name,
      members: [...members.entries()]
        .sort(([one], [other]) => ordinal(one, other))
        .map(([member, { type, nillable }]) => ({
          name: member,
          type: type ?? { kind: 'scalar', scalar: 'string' },
          nillable,
        })),
    };
  }

  private take(name: string, members: readonly MemberShape[]): void {
    const known = this.byName.get(name) ?? new Map<string, Merged>();
    this.byName.set(name, known);
    for (const member of members) {
      const nillable = !member.required || member.nullable;
      const type = this.wireType(member.shape);
      const before = known.get(member.name);
      known.set(member.name, {
        type: before === undefined ? type : merge(before.type, type, `${name}.${member.name}`),
        nillable: nillable || before?.nillable === true,
      });
    }
  }

  private wireType(shape: Shape): WireType | undefined {
    switch (shape.kind) {
      case 'null':
        return undefined;
      case 'scalar':
        return { kind: 'scalar', scalar: shape.scalar };
      case 'object':
        this.take(shape.type, shape.members);
        return { kind: 'object', type: shape.type };
      case 'array':
        return arrayOf(this.wireType(shape.item));
      case 'oneOrMany':
        return shape.soap === 'one' ? this.wireType(shape.item) : arrayOf(this.wireType(shape.item));
      case 'pairs':
        this.take(KEY_PAIR, KEY_PAIR_MEMBERS);
        return arrayOf({ kind: 'object', type: KEY_PAIR });
    }
  }
}

interface Merged {
  /** undefined: only ever null so far. */
  readonly type: WireType | undefined;
  readonly nillable: boolean;
}

const KEY_PAIR_MEMBERS: readonly MemberShape[] = ['Key', 'Value'].map((name) => ({
  name,
  shape: { kind: 'scalar', scalar: 'string' },
  required: false,
  nullable: true,
}));

function arrayOf(item: WireType | undefined): WireType {
  const of = item ?? { kind: 'scalar', scalar: 'string' };
  const element = of.kind === 'scalar' ? of.scalar : of.kind === 'object' ? of.type : of.name;
  // WCF's own names: ArrayOfstring, ArrayOfCert.
  return { kind: 'array', name: `ArrayOf${element}`, element, item: of };
}

const WIDTH: readonly ScalarShape['scalar'][] = ['int', 'long', 'decimal'];

function merge(before: WireType | undefined, type: WireType | undefined, where: string): WireType | undefined {
  if (before === undefined || type === undefined) return before ?? type;
  if (before.kind === 'scalar' && type.kind === 'scalar') {
    if (before.scalar === type.scalar) return before;
    const [one, other] = [WIDTH.indexOf(before.scalar), WIDTH.indexOf(type.scalar)];
    if (one >= 0 && other >= 0) return one > other ? before : type;
  }
  if (JSON.stringify(before) === JSON.stringify(type)) return before;
  throw new Error(`${where} has two types: ${JSON.stringify(before)} and ${JSON.stringify(type)}`);
}

/** As StringComparer.Ordinal: by UTF-16 code units, whatever the locale. */
function ordinal(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
