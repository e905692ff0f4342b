import type { MemberShape, ScalarShape, Shape } from '../shape/member-shape.ts';

/** A JSON Schema 2020-12, as OpenAPI 3.1 has it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Where named objects go, so that one that is answered in many places is told once. */
export type Refer = (type: string, schema: JsonSchema) => JsonSchema;

export function objectSchema(members: readonly MemberShape[], refer: Refer): JsonSchema {
  const required = members.filter((member) => member.required).map(({ name }) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(members.map((member) => [member.name, memberSchema(member, refer)])),
    ...(required.length > 0 ? { required } : {}),
  };
}

function memberSchema({ shape, nullable, description }: MemberShape, refer: Refer): JsonSchema {
  const schema = described(shapeSchema(shape, refer), description);
  if (!nullable) return schema;
  return typeof schema['type'] === 'string'
    ? { ...schema, type: [schema['type'], 'null'] }
    : { anyOf: [schema, { type: 'null' }] };
}

/** What the type has to say (the form of a date) stays behind what the member means. */
function described(schema: JsonSchema, description: string | undefined): JsonSchema {
  if (description === undefined) return schema;
  const form = schema['description'];
  return { ...schema, description: typeof form === 'string' ? `${description} ${form}` : description };
}

function shapeSchema(shape: Shape, refer: Refer): JsonSchema {
  switch (shape.kind) {
    case 'null':
      return { type: 'null' };
    case 'scalar':
      return scalarSchema(shape);
    case 'object':
      return refer(shape.type, objectSchema(shape.members, refer));
    case 'array':
      return { type: 'array', items: shapeSchema(shape.item, refer) };
    case 'pairs':
      return { type: 'array', items: { type: 'array', items: { type: 'string' }, maxItems: 2 } };
    case 'oneOrMany': {
      const item = shapeSchema(shape.item, refer);
      return { anyOf: [item, { type: 'array', items: item }] };
    }
  }
}

function scalarSchema({ scalar, words, maxLength, minimum, maximum }: ScalarShape): JsonSchema {
  const bounds = { ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) };
  switch (scalar) {
    case 'string':
      return {
        type: 'string',
        ...(words === undefined ? {} : { enum: words, description: 'In any case.' }),
        ...(maxLength === undefined ? {} : { maxLength }),
      };
    case 'boolean':
      return { type: 'boolean' };
    case 'int':
      return { type: 'integer', format: 'int32', ...bounds };
    case 'long':
      return { type: 'integer', format: 'int64', ...bounds };
    case 'decimal':
      return { type: 'number', ...bounds };
    case 'dateTime':
      // Not `date-time`, which demands a zone: the manual's dates are UTC without one.
      return { type: 'string', description: 'ISO 8601; UTC where it names no zone.' };
    case 'base64Binary':
      return { type: 'string', contentEncoding: 'base64' };
  }
}
