import { BODY_LIMIT_BYTES, filled, numbered, type HeavyRequest, type Sender } from './heavy-request.ts';

const MIB = 1024 * 1024;
const signing = ({ certid, pin }: Sender) => `{"cert":{"certid":"${certid}","pin":"${pin}"},"profile":"enhanced"`;
const part = (name: string, body: string, head = '') =>
  `--b\r\nContent-Disposition: form-data; name="${name}"${head}\r\n\r\n${body}\r\n`;
const request = (sender: Sender) => part('request', `${signing(sender)}}`);
const DOCUMENT = '--b\r\nContent-Disposition: form-data; name="document"; filename="a.pdf"\r\n\r\n';
const requestPart = (unit: string, end: string, head = '{"a":"') =>
  filled(`--b\r\nContent-Disposition: form-data; name="request"\r\n\r\n${head}`, unit, `${end}\r\n--b--\r\n`, 16 * MIB);

const BODIES: readonly (readonly [name: string, body: (sender: Sender) => Buffer, boundary?: string])[] = [
  ['parts', () => filled('', part('x', ''), '--b--\r\n')],
  ['documents', (sender) => filled(request(sender), `${DOCUMENT}a\r\n`, '--b--\r\n')],
  ['one header', () => filled('--b\r\nX: ', 'x', '\r\n\r\n\r\n--b--\r\n')],
  ['headers', () => filled('--b\r\n', 'X: y\r\n', '\r\n\r\n--b--\r\n')],
  ['a preamble', (sender) => filled('', 'a', `\r\n${request(sender)}--b--\r\n`)],
  ['an epilogue', (sender) => filled(`${request(sender)}--b--\r\n`, 'a', '')],
  ['almost boundaries', (sender) => filled(request(sender) + DOCUMENT, '\r\n--', '\r\n--b--\r\n')],
  ['almost boundaries of a long one', () => filled('', `\r\n--${'a'.repeat(199)}`, ''), 'a'.repeat(200)],
  ['dashes for a boundary of dashes', () => filled('', '-', ''), '-'.repeat(200) + 'b'],
  ['a request of texts', () => requestPart('a', '"}')],
  ['a request of escapes', () => requestPart('\\u0000', '"}')],
  ['a request of brackets', () => requestPart('[', '', '{"a":')],
  ['a request of members', () => requestPart('"a":1,', '"a":1}', '{')],
  [
    'a request of as many members as are read',
    () => requestPart(' ', '1}', `{${numbered(19_980, (index) => `"m${index}":1`, ',')},"z":`),
  ],
  [
    'a request of bytes that are no UTF-8',
    () =>
      Buffer.concat([
        Buffer.from('--b\r\nContent-Disposition: form-data; name="request"\r\n\r\n'),
        Buffer.alloc(15 * MIB, 0xc0),
        Buffer.from('\r\n--b--\r\n'),
      ]),
  ],
  ['a document of zeros', (sender) => filled(request(sender) + DOCUMENT, '\u0000', '\r\n--b--\r\n')],
];

const HEAVY_DOCUMENTS: readonly (readonly [name: string, document: () => Buffer])[] = [
  ['that has a header alone', () => filled('%PDF-1.7\n', ' ', '')],
  ['of objects without a table', () => filled('%PDF-1.7\n', '1 0 obj\n', '')],
  ['of texts without a table', () => filled('%PDF-1.7\n', '1 0 obj(', '')],
  ['of one object of millions of values', () => filled('%PDF-1.7\n1 0 obj<<', '/A 1', '')],
  ['of words', () => filled('%PDF-1.7\n', ' obj', '')],
  [
    'of empty objects without a table',
    () => filled('%PDF-1.7\n', '1 0 obj\n<<>>\nendobj\n', 'trailer\n<</Root 1 0 R>>\n'),
  ],
  ['of trailers', () => filled('%PDF-1.7\n', 'trailer\n<</Root 1 0 R>>\n', '')],
  ['of streams without end', () => filled('%PDF-1.7\n', '1 0 obj<</Length 9>>stream\n', '')],
  ['of brackets', () => filled('%PDF-1.7\n1 0 obj\n', '[', '')],
  ['of dictionaries', () => filled('%PDF-1.7\n1 0 obj\n', '<</A', '')],
  ['of a text', () => filled('%PDF-1.7\n1 0 obj\n(', '(', '')],
  [
    'with a trailer of brackets',
    () => tabled((head) => filled(`${head}trailer\n<</Root 1 0 R/A`, '[', `>>\nstartxref\n${head.length - 11}\n%%EOF`)),
  ],
  [
    'with a table of millions',
    () =>
      tabled(() =>
        filled(
          '%PDF-1.7\nxref\n0 3000000\n',
          '0000000009 00000 n \n',
          'trailer\n<</Size 3000000/Root 1 0 R>>\nstartxref\n9\n%%EOF',
        ),
      ),
  ],
  [
    'with tables in a ring',
    () =>
      Buffer.from(
        '%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1/Root 1 0 R/Prev 9>>\nstartxref\n9\n%%EOF',
      ),
  ],
  ['with one table after another', () => tables()],
];

function tabled(make: (head: string) => Buffer): Buffer {
  return make('%PDF-1.7\nxref\n0 1\n0000000000 65535 f \n');
}

/** Some hundred thousand revisions, each with a table of its own. */
function tables(): Buffer {
  let pdf = '%PDF-1.7\n';
  const pieces: string[] = [pdf];
  let at = pdf.length;
  let before = '';
  while (at < BODY_LIMIT_BYTES - 300) {
    const table = `xref\n0 0\ntrailer\n<</Size 1/Root 1 0 R${before}>>\n`;
    before = `/Prev ${at}`;
    pieces.push(table);
    at += table.length;
  }
  pdf = pieces.join('');
  return Buffer.from(`${pdf}startxref\n${before.slice(6)}\n%%EOF`);
}

const form = (name: string, body: HeavyRequest['body'], boundary = 'b'): HeavyRequest => ({
  name: `form: ${name}`,
  path: '/Keyman/rest/v3/Signature/Pades',
  contentType: `multipart/form-data; boundary=${boundary}`,
  token: 'header',
  body,
});

export const HEAVY_FORMS: readonly HeavyRequest[] = [
  ...BODIES.map(([name, body, boundary]) => form(name, body, boundary)),
  ...HEAVY_DOCUMENTS.map(([name, document]) =>
    form(`a document ${name}`, (sender) =>
      Buffer.concat([Buffer.from(request(sender) + DOCUMENT), document(), Buffer.from('\r\n--b--\r\n')]),
    ),
  ),
];
