import { z } from 'zod';
import { typeNameOf, type MemberShape, type ScalarShape, type Shape } from './member-shape.ts';
import { MEMBER_WORDS } from './member-words.ts';
import { wireFormOf, type Scalar } from './wire-form.ts';

/** The range of XSD's `int`; whole numbers beyond it are `long`. */
const INT_MAX = 2_147_483_647;

/**
 * Reads the members of an object schema.
 *
 * @param where names the schema in the error, e.g. `Cert/Get request`
 * @param owner whose members these are in MEMBER_WORDS: a type's name, `request` or `response`
 * @throws Error for a kind of schema that has no wire form: a contract that cannot be told is a mistake of ours, found at start
 */
export function describeMembers(schema: z.ZodType, where: string, owner: string): readonly MemberShape[] {
  const { inner } = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) throw new Error(`${where} is no object`);
  return membersOf(inner).map(([name, member]) => describeMember(name, member, where, owner));
}

function membersOf(schema: z.ZodObject<Record<string, z.ZodType>>): [string, z.ZodType][] {
  return Object.entries(schema.shape);
}

function describeMember(name: string, schema: z.ZodType, where: string, owner: string): MemberShape {
  const { inner, required, nullable } = unwrap(schema);
  const words = schema.description ?? MEMBER_WORDS[owner]?.[name];
  const description = words === undefined ? {} : { description: words };
  return { name, shape: describe(inner, name, `${where}.${name}`), required, nullable, ...description };
}

function describe(schema: z.ZodType, name: string, where: string): Shape {
  const form = wireFormOf(schema);
  if (form !== undefined && 'scalar' in form) return scalar(form.scalar);
  if (form !== undefined && 'pairs' in form) return { kind: 'pairs' };
  if (form !== undefined && 'oneOrMany' in form)
    return { kind: 'oneOrMany', soap: form.oneOrMany, item: describe(unwrap(form.of).inner, name, where) };
  const { inner } = unwrap(schema);
  if (inner !== schema) return describe(inner, name, where);
  if (schema instanceof z.ZodObject) {
    const type = form === undefined ? typeNameOf(name) : form.object;
    return { kind: 'object', type, members: describeMembers(schema, where, type) };
  }
  if (schema instanceof z.ZodArray) {
    const { inner: item } = unwrap(schema.element as z.ZodType);
    return { kind: 'array', item: describe(item, name, `${where}[]`) };
  }
  return describeScalar(schema, where);
}

function describeScalar(schema: z.ZodType, where: string): Shape {
  if (schema instanceof z.ZodNull) return { kind: 'null' };
  if (schema instanceof z.ZodBoolean) return scalar('boolean');
  if (schema instanceof z.ZodLiteral && typeof schema.value === 'string') return scalar('string');
  if (schema instanceof z.ZodUnion) return describeUnion(schema.options as readonly z.ZodType[], where);
  if (schema instanceof z.ZodEnum) return { ...scalar('string'), words: schema.options.map(String) };
  if (schema instanceof z.ZodString)
    return schema.maxLength === null ? scalar('string') : { ...scalar('string'), maxLength: schema.maxLength };
  if (schema instanceof z.ZodNumber) return describeNumber(schema);
  throw new Error(`${where}: a schema of kind ${schema.type} has no wire form; give it one with onWire`);
}

/** Alternatives of one scalar type (an address, or `''` that clears it) are that type. */
function describeUnion(options: readonly z.ZodType[], where: string): Shape {
  const [first, ...others] = options.map((option) => describe(unwrap(option).inner, '', where));
  const isOne =
    first?.kind === 'scalar' && others.every((each) => each.kind === 'scalar' && each.scalar === first.scalar);
  if (!isOne) throw new Error(`${where}: a union of different types has no wire form; give it one with onWire`);
  return scalar(first.scalar);
}

function describeNumber(schema: z.ZodNumber): ScalarShape {
  const { minValue, maxValue } = schema;
  const isInt = schema.format?.includes('int') === true;
  const fits =
    schema.format === 'int32' ||
    (minValue !== null && maxValue !== null && minValue >= -INT_MAX && maxValue <= INT_MAX);
  const bound = (value: number | null) => value !== null && Number.isSafeInteger(Math.trunc(value));
  return {
    ...scalar(isInt ? (fits ? 'int' : 'long') : 'decimal'),
    ...(bound(minValue) && minValue !== Number.MIN_SAFE_INTEGER ? { minimum: Number(minValue) } : {}),
    ...(bound(maxValue) && maxValue !== Number.MAX_SAFE_INTEGER ? { maximum: Number(maxValue) } : {}),
  };
}

const scalar = (name: Scalar): ScalarShape => ({ kind: 'scalar', scalar: name });

interface Unwrapped {
  readonly inner: z.ZodType;
  readonly required: boolean;
  readonly nullable: boolean;
}

/** Takes off what says whether a value must be there, and the transforms around what it is. */
function unwrap(schema: z.ZodType): Unwrapped {
  let inner = schema;
  let required = true;
  let nullable = false;
  for (;;) {
    if (wireFormOf(inner) !== undefined) return { inner, required, nullable };
    if (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
      // A prefault of {} only lets the validation name the members that are missing inside.
      required &&= inner instanceof z.ZodPrefault && hasRequired(inner.unwrap() as z.ZodType);
      inner = inner.unwrap() as z.ZodType;
    } else if (inner instanceof z.ZodNullable) {
      nullable = true;
      inner = inner.unwrap() as z.ZodType;
    } else if (inner instanceof z.ZodReadonly) {
      inner = inner.unwrap() as z.ZodType;
    } else if (inner instanceof z.ZodPipe) {
      const { in: before, out: after } = inner as z.ZodPipe<z.ZodType, z.ZodType>;
      inner = before instanceof z.ZodTransform ? after : before;
    } else {
      return { inner, required, nullable };
    }
  }
}

function hasRequired(schema: z.ZodType): boolean {
  const { inner } = unwrap(schema);
  return inner instanceof z.ZodObject && membersOf(inner).some(([, each]) => unwrap(each).required);
}
