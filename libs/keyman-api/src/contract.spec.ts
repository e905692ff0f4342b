import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  ComplexTypes,
  errorCodesOf,
  openApiDocument,
  operation,
  OPERATIONS,
  shapeOf,
  validateRequest,
  type MemberShape,
  type RawRequest,
  type Shape,
} from './index.ts';

const shapes = OPERATIONS.map((declaration) => shapeOf(declaration));

/** An example's base64 as the bytes that a handler answers. */
function answered(members: readonly MemberShape[], example: RawRequest): RawRequest {
  return Object.fromEntries(
    Object.entries(example).map(([name, value]) => [
      name,
      answeredValue(members.find((member) => member.name === name)?.shape, value),
    ]),
  );
}

function answeredValue(shape: Shape | undefined, value: unknown): unknown {
  if (shape === undefined || value === null) return value;
  if (shape.kind === 'scalar') return shape.scalar === 'base64Binary' ? Buffer.from(value as string, 'base64') : value;
  if (shape.kind === 'object') return answered(shape.members, value as RawRequest);
  return shape.kind === 'array' ? (value as unknown[]).map((item) => answeredValue(shape.item, item)) : value;
}

/** The paths of the members that say nothing of themselves. */
function undescribed(members: readonly MemberShape[]): string[] {
  return members.flatMap(({ name, shape, description = '' }) => {
    const own = /^\S.*\.$/.test(description) ? [] : [name];
    return [...own, ...undescribed(membersOf(shape)).map((inner) => `${name}.${inner}`)];
  });
}

function membersOf(shape: Shape): readonly MemberShape[] {
  if (shape.kind === 'object') return shape.members;
  return shape.kind === 'array' || shape.kind === 'oneOrMany' ? membersOf(shape.item) : [];
}

describe.each(shapes.map((shape) => [shape.declaration.name, shape] as const))('%s', (_name, shape) => {
  const { declaration, request, response } = shape;

  it('says who may call it and what it does', () => {
    expect(['anyone', 'user', 'admin']).toContain(declaration.access);
    expect(declaration.summary).toMatch(/^[A-Z].*\.$/);
  });

  it('has an example that its own schemas take, without unknown members', () => {
    const { example } = declaration;
    if (example === undefined) throw new Error('there is no example');
    expect(() => validateRequest(declaration, example.request)).not.toThrow();
    expect(Object.keys(example.request).filter((name) => !request.some((member) => member.name === name))).toEqual([]);
    const answer = answered(response, example.response);
    expect(declaration.response.parse(answer)).toEqual(answer);
  });

  it('says of each member, sent and answered, what it means', () => {
    expect([...undescribed(request), ...undescribed(response)]).toEqual([]);
  });

  it('can be refused with codes of the list', () => {
    expect(errorCodesOf(shape)).toEqual(expect.arrayContaining(['K0001', 'K0019']));
  });
});

describe('the contract', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate({ ...openApiDocument(shapes, 'https://keyman.example.test') })).toEqual({
      valid: true,
    });
    expect(validator.version).toBe('3.1');
  });

  it('has one SOAP type for each object of the manual, its members in ordinal order', () => {
    const types = new ComplexTypes(shapes);
    const cert = types.get('Cert').members.map(({ name }) => name);
    expect(cert).toEqual(expect.arrayContaining(['certid', 'newpin', 'pin', 'subjectcn', 'validto']));
    for (const { members } of types.all()) {
      const names = members.map(({ name }) => name);
      expect(names).toEqual(names.toSorted());
    }
  });

  const declared = (request: z.ZodObject, response: z.ZodObject = z.object({ result: z.boolean() })) =>
    shapeOf(operation('Test/Call', { summary: 'Tests.', access: 'user', request, response }));

  it('refuses a schema of a kind that has no wire form, naming it', () => {
    expect(() => declared(z.object({ cert: z.object({ odd: z.map(z.string(), z.string()) }) }))).toThrow(
      'Test/Call request.cert.odd: a schema of kind map has no wire form',
    );
    expect(() => declared(z.object({ odd: z.union([z.string(), z.number()]) }))).toThrow('Test/Call request.odd');
  });

  it('refuses members that the protocols need for themselves', () => {
    expect(() => declared(z.object({ token: z.string() }))).toThrow('Test/Call request.token');
    expect(() => declared(z.object({}), z.object({ error: z.string() }))).toThrow('Test/Call response.error');
  });

  it('refuses two types for one member of one object', () => {
    const one = declared(z.object({ cert: z.object({ odd: z.string() }) }));
    const other = declared(z.object({ cert: z.object({ odd: z.boolean() }) }));
    expect(() => new ComplexTypes([one, other])).toThrow('Cert.odd has two types');
  });

  it('reads through what tells presence: optional, default, preprocess, nullable', () => {
    const { request } = declared(
      z.object({
        a: z.string().max(5).optional(),
        b: z.preprocess((value) => value, z.number().int().min(0).max(9)).default(3),
        c: z.union([z.literal(''), z.string().nullable()]).nullable(),
        d: z.object({ e: z.boolean() }).prefault({} as never),
      }),
    );
    expect(request).toEqual([
      { name: 'a', required: false, nullable: false, shape: { kind: 'scalar', scalar: 'string', maxLength: 5 } },
      { name: 'b', required: false, nullable: false, shape: { kind: 'scalar', scalar: 'int', minimum: 0, maximum: 9 } },
      { name: 'c', required: true, nullable: true, shape: { kind: 'scalar', scalar: 'string' } },
      {
        name: 'd',
        required: true,
        nullable: false,
        shape: {
          kind: 'object',
          type: 'D',
          members: [{ name: 'e', required: true, nullable: false, shape: { kind: 'scalar', scalar: 'boolean' } }],
        },
      },
    ]);
  });
});
