import { KEYMAN_ERRORS, SUCCESS } from '../error-codes.ts';
import type { OperationShape } from '../shape/operation-shape.ts';
import { ERROR_MEMBER } from '../shape/operation-shape.ts';
import { CODE_MEANINGS } from './code-meanings.ts';
import { objectSchema, type JsonSchema } from './member-schema.ts';
import { pathItem } from './path-item.ts';

/**
 * The REST side of the contract as an OpenAPI 3.1 document.
 *
 * @param serverUrl where the caller reached the server, without a slash at the end
 */
export function openApiDocument(operations: readonly OperationShape[], serverUrl: string): JsonSchema {
  const schemas = new AnsweredSchemas();
  const paths = Object.fromEntries(
    operations.map((operation) => [
      `/Keyman/rest/v3/${operation.declaration.category}/${operation.declaration.action}`,
      pathItem(operation, schemas.refer),
    ]),
  );
  return {
    openapi: '3.1.0',
    info: { title: 'keyman', version: '3', summary: 'Remote electronic signatures', description: description() },
    servers: [{ url: serverUrl }],
    tags: [...new Set(operations.map(({ declaration }) => declaration.category))].map((name) => ({ name })),
    paths,
    components: {
      schemas: {
        Error: objectSchema(ERROR_MEMBER.shape.kind === 'object' ? ERROR_MEMBER.shape.members : [], (_type, it) => it),
        Failure: {
          type: 'object',
          description: 'The answer to what was refused; some operations answer members beside it.',
          properties: { error: { $ref: '#/components/schemas/Error' } },
          required: ['error'],
        },
        ...schemas.named,
      },
      securitySchemes: {
        Authentication: {
          type: 'apiKey',
          in: 'header',
          name: 'Authentication',
          description: 'The token of Auth/Login, raw, without a scheme word.',
        },
        Bearer: { type: 'http', scheme: 'bearer', description: 'The same token.' },
      },
    },
  };
}

/** Objects of answers, by the contract's names for them. Two that differ stay where they are. */
class AnsweredSchemas {
  readonly named: Record<string, JsonSchema> = {};

  readonly refer = (type: string, schema: JsonSchema): JsonSchema => {
    const known = (this.named[type] ??= schema);
    return JSON.stringify(known) === JSON.stringify(schema) ? { $ref: `#/components/schemas/${type}` } : schema;
  };
}

function description(): string {
  const rows = Object.entries(CODE_MEANINGS).map(([code, meaning]) => `| ${code} | ${meaning} |`);
  const always = Object.values(KEYMAN_ERRORS)
    .flatMap(({ alwaysStatus }) => alwaysStatus ?? [])
    .filter((status, index, all) => all.indexOf(status) === index);
  return [
    'Every operation is a POST of JSON; `byte[]` is base64. A member that is `null` or `""` is absent, one that is unknown is ignored, booleans may come as `"true"`.',
    '',
    `Answers have a member \`error\`: \`null\` on success (\`${SUCCESS.code}\` for some), otherwise \`{code, message}\`. Errors of the application come with status 200; ${always.sort().join(', ')} are told by their status too.`,
    '',
    'The paths `/Keyman/rest/v4/…` to `v6` serve the same operations; there `error` is always an object.',
    '',
    '| code | when |',
    '|---|---|',
    ...rows,
  ].join('\n');
}
