import {
  ACCESS_IN_WORDS,
  CODE_MEANINGS,
  errorCodesOf,
  type MemberShape,
  type OperationShape,
  type Shape,
} from '@cinnabar/keyman-api';

/** What one operation was sent and answered, over both protocols, as text for the page. */
export interface ServedExample {
  readonly restRequest: string;
  readonly restAnswer: string;
  readonly soapRequest: string;
  readonly soapAnswer: string;
}

const INTRODUCTION = `# Operations
Every operation of the contract, over REST (\`POST /Keyman/rest/v3/<category>/<action>\`) and over SOAP (\`/Keyman/KeymanServiceV3.svc\`).
The examples were sent to a running keyman and are its answers; \`…\` stands where a long text was cut. A running keyman serves the same contract as
an OpenAPI document (\`/docs/openapi.json\`), as a page (\`/docs\`) and as a WSDL (\`/Keyman/KeymanServiceV3.svc?singleWsdl\`).

This page is made from the declarations in \`libs/keyman-api\` and a running server (\`npm run operations-page\`).

REST takes the token of Auth/Login as header \`Authentication\`, SOAP as member \`token\` of the request. \`error\` is \`null\` on success in REST and left out in SOAP,
which leaves out all that is null.

| code | when |
|---|---|
`;

/** The text of docs/operations.md. */
export function operationsPage(
  operations: readonly OperationShape[],
  served: ReadonlyMap<string, ServedExample>,
): string {
  const codes = Object.entries(CODE_MEANINGS).map(([code, meaning]) => `| ${code} | ${meaning} |`);
  const sections = operations.map((operation) => section(operation, served.get(operation.declaration.name)));
  return `${INTRODUCTION}${codes.join('\n')}\n\n${sections.join('\n')}`;
}

function section(operation: OperationShape, example: ServedExample | undefined): string {
  const { declaration, method, request, response } = operation;
  if (example === undefined) throw new Error(`${declaration.name} was not served`);
  return `## ${declaration.name}
${declaration.summary}

For ${ACCESS_IN_WORDS[declaration.access]}. SOAP: \`${method}\`. Errors: ${errorCodesOf(operation).join(', ')}.
${declaration.document ? '\nAlso takes `multipart/form-data` with the parts `request` and `document`, and answers bytes to `Accept: application/octet-stream`.\n' : ''}
${table('Request', request, 'required')}
${table('Response', response, '')}
${fence('json', example.restRequest)}
${fence('json', example.restAnswer)}
${fence('xml', example.soapRequest)}
${fence('xml', example.soapAnswer)}
`;
}

/** @param needed what is said of a member that must be there: an answer has all of its members anyway */
function table(title: string, members: readonly MemberShape[], needed: string): string {
  if (members.length === 0) return `| ${title} | |\n|---|---|\n| *no members* | |\n`;
  const rows = members.flatMap((member) => memberRows(member, '', needed));
  return `| ${title} | type | |\n|---|---|---|\n${rows.join('\n')}\n`;
}

function memberRows(member: MemberShape, prefix: string, needed: string): string[] {
  const { name, shape, required, nullable } = member;
  const notes = [required ? needed : '', nullable ? 'may be null' : ''].filter((note) => note !== '').join(', ');
  const inner = innerOf(shape);
  const path = `${prefix}${name}`;
  return [
    `| ${path} | ${typeInWords(shape)} | ${notes} |`,
    ...(inner?.flatMap((each) => memberRows(each, `${path}.`, needed)) ?? []),
  ];
}

function innerOf(shape: Shape): readonly MemberShape[] | undefined {
  if (shape.kind === 'object') return shape.members;
  return shape.kind === 'array' || shape.kind === 'oneOrMany' ? innerOf(shape.item) : undefined;
}

function typeInWords(shape: Shape): string {
  switch (shape.kind) {
    case 'null':
      return 'always null';
    case 'scalar':
      if (shape.words !== undefined) return shape.words.map((word) => `\`${word}\``).join(' ');
      return shape.scalar === 'base64Binary' ? 'byte[]' : shape.scalar;
    case 'object':
      return shape.type;
    case 'array':
      return `${typeInWords(shape.item)}[]`;
    case 'oneOrMany':
      return shape.soap === 'one' ? typeInWords(shape.item) : `${typeInWords(shape.item)}[]`;
    case 'pairs':
      return 'KeyPair[]';
  }
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** What of a page stays when it is made anew: everything but the values of its examples, of which the codes stay. */
export function structureOf(page: string): string {
  return page
    .replace(/("(?!code")\w+": )(?:"[^"\n]*"|-?[\d.]+)/g, '$1·')
    .replace(/^(\s*)"[^"\n]*"(,?)$/gm, '$1·$2')
    .replace(/(<(?:\w+:)?(?!code>)\w+>)[^<\n]+(?=<\/)/g, '$1·');
}
