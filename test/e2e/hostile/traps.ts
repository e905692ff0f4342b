type Bytes = string | Uint8Array;

/** Some are large, and sent to every operation. */
function once(make: () => Bytes): () => Buffer {
  let made: Buffer | undefined;
  return () => (made ??= Buffer.from(make() as string));
}

const MIB = 1024 * 1024;
const nested = (open: string, close: string, depth: number) => `${open.repeat(depth)}${close.repeat(depth)}`;

/** Bodies that are no requests, or too much of one. */
export const GARBAGE = (
  [
    ['nothing', () => ''],
    ['a number', () => '9'.repeat(1_000_000)],
    ['a number beyond all', () => '{"a":1e999,"page":{"id":1e999}}'],
    ['an array', () => '[[],{},null]'],
    ['a text', () => '"__proto__"'],
    ['half a text', () => '{"a":"'],
    ['bytes that are no UTF-8', () => Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d)],
    ['UTF-16', () => Buffer.from('\ufeff{"user":{}}', 'utf16le')],
    ['an overlong NUL', () => Uint8Array.of(0x22, 0xc0, 0x80, 0x22)],
    ['a lone surrogate', () => '{"user":{"userid":"\\ud800"},"cert":{"certid":"\\udfff"},"login":"\\ud800"}'],
    ['deep arrays', () => `{"user":${nested('[', ']', 19_000)}}`],
    ['arrays deeper than anything', () => `{"user":${nested('[', ']', 200_000)}}`],
    ['deep objects', () => `${'{"cert":'.repeat(19_000)}1${'}'.repeat(19_000)}`],
    ['a million members', () => `{${Array.from({ length: 1_000_000 }, (_, index) => `"m${index}":0`).join(',')}}`],
    ['a million times one member', () => `{${'"user":{"userid":"a"},'.repeat(200_000)}"user":1}`],
    ['a million items', () => `{"auditlist":[${'{},'.repeat(300_000)}{}],"extradata":[${'[],'.repeat(300_000)}[]]}`],
    ['60 MiB of text', () => `{"document":"${'A'.repeat(60 * MIB)}"}`],
    ['a name of 10 MiB', () => `{"${'n'.repeat(10 * MIB)}":1}`],
    ['escapes', () => `{"login":"${'\\u0000'.repeat(100_000)}","user":{"userid":"${'\\ud800'.repeat(100_000)}"}}`],
  ] satisfies readonly (readonly [name: string, body: () => Bytes])[]
).map(([name, make]) => [name, once(make as () => Bytes)] as const);

const part = (name: string, body: string, head = '') =>
  `--b\r\nContent-Disposition: form-data; name="${name}"${head}\r\n\r\n${body}\r\n`;
const FILE = '; filename="a.pdf"';

/** Forms that are traps for those who read them. */
export const FORMS: readonly (readonly [name: string, contentType: string, body: string])[] = [
  ['no boundary', 'multipart/form-data', part('request', '{}')],
  ['an empty boundary', 'multipart/form-data; boundary=""', part('request', '{}')],
  ['another boundary', 'multipart/form-data; boundary=c', part('request', '{}')],
  ['a boundary of 10,000 characters', `multipart/form-data; boundary=${'b'.repeat(10_000)}`, part('request', '{}')],
  ['no end', 'multipart/form-data; boundary=b', part('request', '{}')],
  ['nothing', 'multipart/form-data; boundary=b', ''],
  ['no parts', 'multipart/form-data; boundary=b', '--b--\r\n'],
  ['a thousand parts', 'multipart/form-data; boundary=b', `${part('x', '1').repeat(1000)}--b--\r\n`],
  [
    'a thousand documents',
    'multipart/form-data; boundary=b',
    `${part('document', '%PDF', FILE).repeat(1000)}--b--\r\n`,
  ],
  ['two requests', 'multipart/form-data; boundary=b', `${part('request', '{}').repeat(2)}--b--\r\n`],
  ['headers of 1 MiB', 'multipart/form-data; boundary=b', `--b\r\nX: ${'x'.repeat(MIB)}\r\n\r\n\r\n--b--\r\n`],
  ['ten thousand headers', 'multipart/form-data; boundary=b', `--b\r\n${'X: y\r\n'.repeat(10_000)}\r\n\r\n--b--\r\n`],
  [
    'a part without a name',
    'multipart/form-data; boundary=b',
    '--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n',
  ],
  ['a part without headers', 'multipart/form-data; boundary=b', '--b\r\n\r\nx\r\n--b--\r\n'],
  ['a part __proto__', 'multipart/form-data; boundary=b', `${part('__proto__', '{}')}--b--\r\n`],
  ['a file __proto__', 'multipart/form-data; boundary=b', `${part('__proto__', '{}', FILE)}--b--\r\n`],
  [
    'a path as file name',
    'multipart/form-data; boundary=b',
    `${part('document', '%PDF-1.7', '; filename="../../../../tmp/cinnabar-was-here"')}--b--\r\n`,
  ],
  ['a request that is no JSON', 'multipart/form-data; boundary=b', `${part('request', 'certid=1')}--b--\r\n`],
  ['a request that is an array', 'multipart/form-data; boundary=b', `${part('request', '[]')}--b--\r\n`],
  [
    'a request of 17 MiB',
    'multipart/form-data; boundary=b',
    `${part('request', `"${'A'.repeat(17 * MIB)}"`)}--b--\r\n`,
  ],
  [
    'a request in another character set',
    'multipart/form-data; boundary=b',
    '--b\r\nContent-Disposition: form-data; name="request"\r\nContent-Type: application/json; charset=utf-7\r\nContent-Transfer-Encoding: base64\r\n\r\ne30=\r\n--b--\r\n',
  ],
  [
    'a request with __proto__',
    'multipart/form-data; boundary=b',
    `${part('request', '{"__proto__":{"cert":{}}}', '\r\nContent-Type: application/json')}--b--\r\n`,
  ],
  ['a document alone', 'multipart/form-data; boundary=b', `${part('document', '%PDF-1.7', FILE)}--b--\r\n`],
  [
    'an empty document',
    'multipart/form-data; boundary=b',
    `${part('document', '', FILE)}${part('request', '{"profile":"basic"}')}--b--\r\n`,
  ],
  [
    'forms in each other',
    'multipart/form-data; boundary=b',
    `--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n--c--\r\n--b--\r\n`,
  ],
];

/** Bytes that are no HTTP, or two kinds of it. `PATH` and `TOKEN` are filled in. */
export const HTTP: readonly (readonly [name: string, bytes: string])[] = [
  [
    'length and chunks',
    'POST PATH HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  ],
  ['two lengths', 'POST PATH HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} '],
  ['a length that is none', 'POST PATH HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n{}'],
  ['a length beyond all', 'POST PATH HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n{}'],
  ['chunks that are none', 'POST PATH HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n'],
  ['a chunk beyond all', 'POST PATH HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}'],
  ['chunks twice', 'POST PATH HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n'],
  ['an expectation', 'POST PATH HTTP/1.1\r\nHost: a\r\nExpect: the-impossible\r\nContent-Length: 2\r\n\r\n{}'],
  ['an encoding', 'POST PATH HTTP/1.1\r\nHost: a\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n{}'],
  ['a content type that is none', 'POST PATH HTTP/1.1\r\nHost: a\r\nContent-Type: ;;;=\r\nContent-Length: 2\r\n\r\n{}'],
  ['no host', 'POST PATH HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}'],
  [
    'headers of 100 KiB',
    `POST PATH HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(100 * 1024)}\r\nContent-Length: 2\r\n\r\n{}`,
  ],
  [
    'a token of 10 KiB',
    `POST PATH HTTP/1.1\r\nHost: a\r\nAuthentication: ${'x'.repeat(10 * 1024)}\r\nContent-Length: 2\r\n\r\n{}`,
  ],
  ['a token with zeros', 'POST PATH HTTP/1.1\r\nHost: a\r\nAuthentication: a\u0000b\r\nContent-Length: 2\r\n\r\n{}'],
  [
    'two tokens',
    'POST PATH HTTP/1.1\r\nHost: a\r\nAuthentication: a\r\nAuthentication: b\r\nContent-Length: 2\r\n\r\n{}',
  ],
  ['another method', 'TRACE PATH HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n'],
  ['a method that is none', 'PWN PATH HTTP/1.1\r\nHost: a\r\n\r\n'],
  [
    'an upgrade',
    'POST PATH HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\n{}',
  ],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000'],
  [
    'a path that cannot be decoded',
    'POST /Keyman/rest/v3/%ff/%c0%80 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}',
  ],
  [
    'a path out of the tree',
    'POST /Keyman/rest/v3/../../../etc/passwd HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}',
  ],
  [
    'the operation __proto__',
    'POST /Keyman/rest/v3/__proto__/constructor HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}',
  ],
  [
    'an operation of 5,000 characters',
    `POST /Keyman/rest/v3/${'a'.repeat(5000)}/b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}`,
  ],
];

const soap = (inside: string, before = '') =>
  `<?xml version="1.0"?>${before}<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:k="urn:cinnabar:keyman:v3"><e:Body><k:METHOD><k:request>${inside}</k:request></k:METHOD></e:Body></e:Envelope>`;
const laughs = `<!DOCTYPE x [<!ENTITY a "ha">${Array.from({ length: 20 }, (_, index) => `<!ENTITY ${String.fromCharCode(98 + index)} "${`&${String.fromCharCode(97 + index)};`.repeat(10)}">`).join('')}]>`;

/** XML that is a trap for its reader. `METHOD` is filled in. */
export const XML: readonly (readonly [name: string, body: () => Bytes])[] = [
  ['a billion laughs', () => soap('<k:token>&u;</k:token>', laughs)],
  [
    'an external entity',
    () => soap('<k:token>&x;</k:token>', '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
  ],
  ['an external subset', () => soap('', '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">')],
  ['a parameter entity', () => soap('', '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>')],
  [
    'an inclusion',
    () => soap('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'),
  ],
  ['deep elements', () => soap(nested('<k:cert>', '</k:cert>', 100_000))],
  ['a million elements', () => soap('<k:m/>'.repeat(1_000_000))],
  [
    'a hundred thousand attributes',
    () => soap(`<k:cert ${Array.from({ length: 100_000 }, (_, index) => `a${index}=""`).join(' ')}/>`),
  ],
  [
    'a hundred thousand namespaces',
    () => soap(`<k:cert ${Array.from({ length: 100_000 }, (_, index) => `xmlns:a${index}="u"`).join(' ')}/>`),
  ],
  [
    'bytes that are no UTF-8',
    () =>
      Buffer.concat([Buffer.from('<?xml version="1.0"?><a>'), Uint8Array.of(0xff, 0xc0, 0x80), Buffer.from('</a>')]),
  ],
  ['another encoding than it says', () => Buffer.from(soap(''), 'utf16le')],
  ['UTF-7', () => '<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-'],
  ['characters that XML has not', () => soap('<k:token>&#0;&#xD800;&#xFFFF;\u0000</k:token>')],
  [
    'prototype names',
    () => soap('<k:__proto__><k:admin>true</k:admin></k:__proto__><k:constructor/><k:toString>1</k:toString>'),
  ],
  ['types that are none', () => soap('<k:cert xsi:type="k:Evil" xsi:nil="maybe"/>')],
  ['comments and instructions inside a value', () => soap('<k:token>a<!-- b --><?c d?><![CDATA[e]]></k:token>')],
  ['two requests', () => soap('</k:request><k:request>')],
  ['no end', () => soap('').slice(0, -20)],
  ['nothing', () => ''],
  ['JSON', () => '{"token":"x"}'],
  ['60 MiB of text', () => soap(`<k:document>${'A'.repeat(60 * MIB)}</k:document>`)],
  ['a number of a million digits', () => soap(`<k:page><k:id>${'9'.repeat(1_000_000)}</k:id></k:page>`)],
];
