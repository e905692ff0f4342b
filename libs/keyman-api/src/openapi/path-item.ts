import { errorCodesOf } from '../operation-errors.ts';
import type { OperationShape } from '../shape/operation-shape.ts';
import { CODE_MEANINGS } from './code-meanings.ts';
import { objectSchema, type JsonSchema, type Refer } from './member-schema.ts';

/** Who may call, in words. */
export const ACCESS_IN_WORDS = {
  anyone: 'anyone, without a session',
  user: 'any user with a session',
  admin: 'admins',
} as const;

const inPlace: Refer = (_type, schema) => schema;

/** One operation as OpenAPI tells it. */
export function pathItem(operation: OperationShape, refer: Refer): JsonSchema {
  const { declaration, method } = operation;
  const codes = errorCodesOf(operation);
  return {
    post: {
      operationId: method,
      tags: [declaration.category],
      summary: declaration.summary,
      description: [
        `For ${ACCESS_IN_WORDS[declaration.access]}.`,
        '',
        ...codes.map((code) => `- ${code}: ${CODE_MEANINGS[code] ?? ''}`),
      ].join('\n'),
      security: declaration.access === 'anyone' ? [] : [{ Authentication: [] }, { Bearer: [] }],
      requestBody: { required: true, content: requestContent(operation) },
      responses: {
        '200': { description: 'The answer, or the error that refused it.', content: responseContent(operation, refer) },
        '400': failure('The body is not JSON in UTF-8, or no object.'),
        '413': failure('The body is too large; documents go as multipart/form-data.'),
        '429': failure('Too many requests (K0019).'),
      },
    },
  };
}

function requestContent({ declaration, request }: OperationShape): JsonSchema {
  const example = declaration.example === undefined ? {} : { example: declaration.example.request };
  const json = { schema: objectSchema(request, inPlace), ...example };
  if (!declaration.document) return { 'application/json': json };
  const withoutDocument = request.filter(({ name }) => name !== 'document');
  return {
    'application/json': json,
    'multipart/form-data': {
      schema: {
        type: 'object',
        properties: {
          request: objectSchema(withoutDocument, inPlace),
          document: { type: 'string', contentMediaType: 'application/octet-stream' },
        },
        required: ['request', 'document'],
      },
      encoding: { request: { contentType: 'application/json' }, document: { contentType: 'application/octet-stream' } },
    },
  };
}

function responseContent({ declaration, response }: OperationShape, refer: Refer): JsonSchema {
  const answer = objectSchema(response, refer) as { properties: JsonSchema };
  const success = {
    ...answer,
    properties: {
      error: { anyOf: [{ type: 'null' }, { $ref: '#/components/schemas/Error' }] },
      ...answer.properties,
    },
  };
  const missing = { code: 'K0004', message: 'Insufficient parameters (cert.certid)' };
  const examples = {
    ...(declaration.example === undefined
      ? {}
      : { answered: { value: { error: null, ...declaration.example.response } } }),
    refused: { value: { error: missing, ...declaration.onFailure } },
  };
  const json = { schema: { anyOf: [success, { $ref: '#/components/schemas/Failure' }] }, examples };
  return declaration.document
    ? {
        'application/json': json,
        'application/octet-stream': { schema: { type: 'string', contentMediaType: 'application/octet-stream' } },
      }
    : { 'application/json': json };
}

function failure(description: string): JsonSchema {
  return { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Failure' } } } };
}
