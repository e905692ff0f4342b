import { NAMESPACE, PATH } from '../../soap-caller.ts';
import { BODY_LIMIT_BYTES, filled, numbered, type HeavyRequest, type Sender } from './heavy-request.ts';

const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
const HEAD = `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" ${XSI} xmlns:k="${NAMESPACE}">`;
/** One less than the server reads, envelope and token aside. */
const ELEMENTS = 19_980;
const share = (parts: number) => Math.floor((BODY_LIMIT_BYTES - 2_000) / parts);

const open = (method: string, inside = '') => `${HEAD}<e:Body><k:${method}><k:request>${inside}`;
const close = (method: string, { token }: Sender) =>
  `<k:token>${token}</k:token></k:request></k:${method}></e:Body></e:Envelope>`;

/** A request to an operation, filled up with a unit in one place. */
const inRequest = (method: string, before: string, unit: string, after: string) => (sender: Sender) =>
  filled(open(method, before), unit, after + close(method, sender));
const inValue = (unit: string, end = '') =>
  inRequest('UserGet', '<k:user><k:userid>', unit, `${end}</k:userid></k:user>`);
const inDocument =
  (unit: string, end = '') =>
  (sender: Sender) =>
    inRequest(
      'SignaturePades',
      `<k:profile>enhanced</k:profile><k:cert><k:certid>${sender.certid}</k:certid><k:pin>${sender.pin}</k:pin></k:cert><k:document>`,
      unit,
      `${end}</k:document>`,
    )(sender);
/** As many elements as are read, each of its own text. */
const elements = (count: number, element: (index: number) => string) => (sender: Sender) =>
  Buffer.from(open('UserGet') + numbered(count, element) + close('UserGet', sender));

const attributes = (count: number, bytes: number) =>
  numbered(count, (index) => ` a${index}="${'x'.repeat(Math.max(0, Math.floor(bytes / count) - 8))}"`);

const BODIES: readonly (readonly [name: string, body: (sender: Sender) => Buffer])[] = [
  ['a million elements', inRequest('UserGet', '', '<k:a/>', '')],
  ['elements in elements', inRequest('UserGet', '', '<a>', '')],
  ['as many elements as are read', elements(ELEMENTS, () => '<k:m/>')],
  ['as many texts as are read', elements(ELEMENTS, () => `<m>${'x'.repeat(share(ELEMENTS) - 7)}</m>`)],
  [
    'as many texts beyond Latin as are read',
    elements(ELEMENTS, () => `<m>${'€'.repeat((share(ELEMENTS) - 9) / 3)}</m>`),
  ],
  [
    'as many elements, and as many attributes as are read',
    elements(ELEMENTS, () => `<k:m${attributes(32, share(ELEMENTS) - 6)}/>`),
  ],
  [
    'as many elements, and as many namespaces as are read',
    elements(ELEMENTS, (index) => `<k:m${numbered(32, (each) => ` xmlns:a${each}="u${index}"`)}/>`),
  ],
  ['as many elements of long names as are read', elements(ELEMENTS, () => `<${'n'.repeat(250)}/>`)],
  [
    'namespaces in namespaces',
    (sender) =>
      Buffer.from(
        open('UserGet') +
          numbered(20, (depth) => `<k:a${numbered(31, (each) => ` xmlns:p${depth}-${each}="u"`)}>`) +
          '<e:b/>'.repeat(19_000) +
          '</k:a>'.repeat(20) +
          close('UserGet', sender),
      ),
  ],
  ['nil everywhere', elements(ELEMENTS, () => '<k:user xsi:nil="true"/>')],
  ['one member over and over', elements(ELEMENTS, () => '<k:user/>')],
  ['prototype names', elements(ELEMENTS / 2, () => '<k:__proto__><k:constructor/></k:__proto__>')],
  ['documents by the thousand', elements(3_900, () => `<k:document>${'A'.repeat(16_384)}</k:document>`)],
  [
    'a hundred thousand attributes',
    (sender) => Buffer.from(open('UserGet') + `<k:a${attributes(1_000_000, 0)}/>` + close('UserGet', sender)),
  ],
  [
    'header blocks',
    (sender) =>
      Buffer.from(
        `${HEAD}<e:Header>${'<e:h e:mustUnderstand="0"/>'.repeat(ELEMENTS)}</e:Header><e:Body><k:UserGet><k:request>${close('UserGet', sender)}`,
      ),
  ],
  ['text', inValue('a')],
  ['text beyond Latin', inValue('€')],
  ['a text with one character beyond Latin', inValue('a', '€')],
  ['references to characters', inValue('&#9;')],
  ['references to entities', inValue('&lt;')],
  [
    'as many different references as are read',
    (sender) =>
      Buffer.from(
        open(
          'UserGet',
          `<k:user><k:userid>${numbered(1_000_000, (index) => `&#${index + 65_536};`)}</k:userid></k:user>`,
        ) + close('UserGet', sender),
      ),
  ],
  ['brackets and ends', inValue(']]>'.slice(1))],
  ['references to no entity', inValue('a', '&a;')],
  ['ampersands', inValue('&')],
  ['carriage returns', inValue('\r')],
  ['line ends', inValue('\r\n')],
  ['line feeds', inValue('\n')],
  ['brackets', inValue(']')],
  ['comments', inValue('<!---->')],
  ['comments between letters', inValue('a<!---->')],
  ['one comment', inRequest('UserGet', '<!--', ' ', '-->')],
  ['one comment of dashes', inRequest('UserGet', '<!--', '- ', '-->')],
  ['comments before the root', (sender) => filled('', '<!---->', open('UserGet') + close('UserGet', sender))],
  ['sections', inValue('<![CDATA[]]>')],
  ['sections with a letter', inValue('<![CDATA[a]]>')],
  ['one section', inValue('<![CDATA[', `${'a'.repeat(1000)}]]>`)],
  [
    'one section of carriage returns',
    inRequest('UserGet', '<k:user><k:userid><![CDATA[', '\r', ']]></k:userid></k:user>'),
  ],
  ['processing instructions', inValue('<?a?>')],
  ['a document type', () => filled('<!DOCTYPE a [', '<!ENTITY a "a">', ']><a/>')],
  ['spaces in a tag', inRequest('UserGet', '<k:user', ' ', '/>')],
  ['spaces in an end tag', inRequest('UserGet', '<k:user></k:user', ' ', '>')],
  ['spaces before the root', (sender) => filled('', ' ', open('UserGet') + close('UserGet', sender))],
  ['a name', inRequest('UserGet', '<k:', 'n', '/>')],
  ['an attribute', inRequest('UserGet', '<k:user a="', 'a', '"/>')],
  ['an attribute of tabs', inRequest('UserGet', '<k:user a="', '\t', '"/>')],
  ['an attribute of references', inRequest('UserGet', '<k:user a="', '&#9;', '"/>')],
  ['an attribute without end', inRequest('UserGet', '<k:user a="', 'a', '')],
  ['a namespace', inRequest('UserGet', '<k:user xmlns:z="', 'a', '"/>')],
  ['a token', (sender) => filled(open('UserGet', '<k:token>'), 'a', `</k:token>${close('UserGet', sender)}`)],
  ['a document of letters', inDocument('AAAA')],
  ['a document with a wrong end', inDocument('AAAA', 'AAA*')],
  ['a document with spaces', inDocument('A ')],
  ['a document with line ends', inDocument('A\r\n')],
  ['a document of spaces', inDocument(' ', 'AAAA')],
  ['a document in another alphabet', inDocument('AAA-')],
  ['bytes that are no UTF-8', () => Buffer.alloc(BODY_LIMIT_BYTES, 0xc0)],
  [
    'bytes that are no UTF-8, at the end',
    (sender) =>
      Buffer.concat([
        filled(open('UserGet'), 'a', close('UserGet', sender), BODY_LIMIT_BYTES - 4),
        Uint8Array.of(0xff),
      ]),
  ],
  ['zeros', () => Buffer.alloc(BODY_LIMIT_BYTES)],
];

export const HEAVY_XML: readonly HeavyRequest[] = BODIES.map(([name, body]) => ({
  name: `SOAP: ${name}`,
  path: PATH,
  contentType: 'text/xml; charset=utf-8',
  token: 'inside',
  body,
}));
