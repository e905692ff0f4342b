import { BODY_LIMIT_BYTES, filled, numbered, type HeavyRequest, type Sender } from './heavy-request.ts';

const pades = ({ certid, pin }: Sender, before = '') =>
  `{"cert":{"certid":"${certid}","pin":"${pin}"},"profile":"enhanced",${before}"document":"`;
const PFX = '{"cert":{"name":"a","newpin":"123456"},"pfxpass":"a","pfxdata":"';
/** One less than the server reads. */
const VALUES = 19_990;
const share = (parts: number) => Math.floor((BODY_LIMIT_BYTES - 1_000) / parts);

/** Bodies by the operation that they are sent to; all with a session. */
const BODIES: readonly (readonly [name: string, operation: string, body: (sender: Sender) => Buffer])[] = [
  ['a million members', 'User/Get', () => Buffer.from(`{${numbered(1_000_000, (index) => `"m${index}":0`, ',')}}`)],
  ['ten million members', 'User/Get', () => filled('{', '"a":1,', '"a":1}')],
  ['arrays in arrays', 'User/Get', () => filled('{"user":', '[', '')],
  ['objects in objects', 'User/Get', () => filled('', '{"a":', '1')],
  [
    'arrays in arrays, as deep as is read',
    'User/Get',
    () => filled(`{"user":${'['.repeat(VALUES)}`, ' ', ']'.repeat(VALUES) + '}'),
  ],
  [
    'objects in objects, as deep as is read',
    'User/Get',
    () => filled('{"user":'.repeat(VALUES), ' ', '1' + '}'.repeat(VALUES)),
  ],
  ['as many texts as are read', 'User/Get', () => filledMembers(VALUES, 'x')],
  ['as many texts beyond Latin as are read', 'User/Get', () => filledMembers(VALUES, '€')],
  [
    'as many long numbers as are read',
    'User/Get',
    () => Buffer.from(`{"a":[${numbered(VALUES, () => '7'.repeat(share(VALUES) - 1), ',')}]}`),
  ],
  [
    'as many long fractions as are read',
    'User/Get',
    () => Buffer.from(`{"a":[${numbered(VALUES, () => `0.${'7'.repeat(share(VALUES) - 3)}`, ',')}]}`),
  ],
  [
    'as many far array indexes as are read',
    'User/Get',
    () => Buffer.from(`{"user":{${numbered(VALUES, (index) => `"${4_000_000_000 - index * 1000}":1`, ',')}}}`),
  ],
  ['one number', 'User/Get', () => filled('{"user":{"userid":', '9', '}}')],
  ['one fraction', 'User/Get', () => filled('{"user":{"userid":0.', '1', '}}')],
  ['one exponent', 'User/Get', () => filled('{"user":{"userid":1e', '9', '}}')],
  ['escapes', 'User/Get', () => filled('{"user":{"userid":"', '\\u0000', '"}}')],
  ['escapes beyond Latin', 'User/Get', () => filled('{"user":{"userid":"', '\\ud83d\\udca3', '"}}')],
  ['short escapes', 'User/Get', () => filled('{"user":{"userid":"', '\\n', '"}}')],
  ['escapes as a name', 'User/Get', () => filled('{"user":{"', '\\n', '":1}}')],
  ['a text as a user', 'User/Get', () => filled('{"user":{"userid":"', 'a', '"}}')],
  ['a text beyond Latin as a user', 'User/Get', () => filled('{"user":{"userid":"', '€', '"}}')],
  ['a text with one character beyond Latin', 'User/Get', () => filled('{"user":{"userid":"€', 'a', '"}}')],
  ['a text as an address', 'User/Get', () => filled('{"user":{"email":"', 'a@', '"}}')],
  ['spaces as a word', 'Auth/Login', () => filled('{"module":"m","login":"a","pass":"b","authmethod":"', ' ', 'x"}')],
  [
    'a text as a password',
    'Auth/Login',
    () => filled('{"module":"m","authmethod":"pass","login":"a","pass":"', 'a', '"}'),
  ],
  ['spaces as a date', 'Audit/List', () => filled('{"enddate":"2018-04-30","startdate":"', ' ', 'x"}')],
  [
    'digits as a page',
    'Audit/List',
    () => filled('{"startdate":"2018-04-30","enddate":"2018-04-30","page":{"id":"', '1', '"}}'),
  ],
  [
    'asterisks as a filter',
    'Audit/List',
    () => filled('{"startdate":"2018-04-30","enddate":"2018-04-30","audit":{"category":"', '*', '"}}'),
  ],
  ['a text as a PIN', 'Cert/PinCheck', () => filled('{"cert":{"certid":"0123456789AB","pin":"', '1', '"}}')],
  [
    'digests by the thousand',
    'Otp/Request',
    () => Buffer.from(`{"cert":{"certid":"0123456789AB"},"digests":[${numbered(VALUES, () => '"*"', ',')}]}`),
  ],
  [
    'a chain of thousands',
    'Cert/InstallCER',
    () => Buffer.from(`{"cert":{"certid":"0123456789AB"},"cer":"*","chain":[${numbered(VALUES, () => '"*"', ',')}]}`),
  ],
  [
    'time-stamp servers by the thousand',
    'Signature/Pades',
    (sender) => Buffer.from(`${pades(sender)}AAAA","tstampservers":[${numbered(VALUES - 10, () => '{}', ',')}]}`),
  ],
  [
    'extra members by the thousand',
    'Signature/Pades',
    (sender) => Buffer.from(`${pades(sender)}AAAA","extradata":[${numbered(VALUES / 2 - 10, () => '[1]', ',')}]}`),
  ],
  ['a document of letters', 'Signature/Pades', (sender) => filled(pades(sender), 'AAAA', '"}')],
  ['a document with a wrong end', 'Signature/Pades', (sender) => filled(pades(sender), 'AAAA', 'AAA*"}')],
  ['a document with a character beyond Latin', 'Signature/Pades', (sender) => filled(pades(sender), 'AAAA', 'AAA€"}')],
  ['a document with spaces', 'Signature/Pades', (sender) => filled(pades(sender), 'A ', '"}')],
  ['a document with line feeds', 'Signature/Pades', (sender) => filled(pades(sender), 'A\\n', '"}')],
  ['a document of spaces', 'Signature/Pades', (sender) => filled(pades(sender), ' ', '"}')],
  ['a document in another alphabet', 'Signature/Pades', (sender) => filled(pades(sender), 'AAA-', '"}')],
  ['a document of padding', 'Signature/Pades', (sender) => filled(pades(sender), '=', '"}')],
  [
    'a hash of 60 MB',
    'Sign/Hash',
    () =>
      filled('{"cert":{"certid":"0123456789AB","pin":"123456"},"hash":{"algorithm":"SHA256","digest":"', 'AAAA', '"}}'),
  ],
  [
    'a hash with a wrong end',
    'Sign/Hash',
    () =>
      filled('{"cert":{"certid":"0123456789AB","pin":"123456"},"hash":{"algorithm":"SHA256","digest":"', 'A ', '*"}}'),
  ],
  ['a PFX file of 48 MB', 'Cert/ImportPFX', () => filled(PFX, 'MIIA', '"}')],
  ['a PFX file with a wrong end', 'Cert/ImportPFX', () => filled(PFX, 'MIIA', 'AAA*"}')],
  ['unknown members', 'User/Get', () => filledMembers(60, 'x')],
  ['a member’s name', 'User/Get', () => filled('{"', 'n', '":1}')],
  [
    'prototype names',
    'User/Get',
    () => filled(`{"user":{${'"__proto__":{},"constructor":{},"toString":1,'.repeat(3_000)}"a":"`, 'x', '"}}'),
  ],
  ['white space', 'User/Get', () => filled('', ' ', '{}')],
  ['white space of another kind', 'User/Get', () => filled('', '\u3000', '{}')],
  ['only white space', 'User/Get', () => filled('', '\n', '')],
  ['commas in a text', 'User/Get', () => filled('{"user":{"userid":"', ',', '"}}')],
  [
    'bytes that are no UTF-8, at the end',
    'User/Get',
    () => Buffer.concat([filled('{"a":"', 'x', '', BODY_LIMIT_BYTES - 4), Uint8Array.of(0xff, 0x22, 0x7d)]),
  ],
  ['bytes that are no UTF-8', 'User/Get', () => Buffer.alloc(BODY_LIMIT_BYTES, 0xc0)],
  [
    'UTF-16',
    'User/Get',
    () => Buffer.from(`{"user":{"userid":"${'a'.repeat(BODY_LIMIT_BYTES / 2 - 100)}"}}`, 'utf16le'),
  ],
  ['one byte too many', 'User/Get', () => filled('{"user":{"userid":"', 'a', '"}}', BODY_LIMIT_BYTES + 1)],
  ['twice as much', 'User/Get', () => filled('{"user":{"userid":"', 'a', '"}}', 2 * BODY_LIMIT_BYTES)],
];

export const HEAVY_JSON: readonly HeavyRequest[] = BODIES.map(([name, operation, body]) => ({
  name: `${operation}: ${name}`,
  path: `/Keyman/rest/v3/${operation}`,
  contentType: 'application/json',
  token: 'header',
  body,
}));

function filledMembers(count: number, character: string): Buffer {
  const value = character.repeat(Math.floor((share(count) - 12) / Buffer.byteLength(character)));
  return Buffer.from(`{${numbered(count, (index) => `"m${index}":"${value}"`, ',')}}`);
}
