import fc from 'fast-check';

/** Names that are more than names to JavaScript, databases, file systems or markup. */
export const HOSTILE_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'then',
  'toJSON',
  '',
  ' ',
  '.',
  '$where',
  "a'b",
  'a\u0000b',
  '\ud800',
  '../../etc/passwd',
  'x'.repeat(5000),
];

const HOSTILE_TEXTS = [
  ...HOSTILE_NAMES,
  '\u0000',
  'a\u0000b',
  '\ud800',
  'a\udfff',
  '\ufeff',
  '\u202e',
  '\uffff',
  '💣'.repeat(100),
  'İ'.repeat(300),
  "'; DROP TABLE keyman_user; --",
  '%',
  '%%%_',
  '*'.repeat(2000),
  '\\',
  '\\'.repeat(256),
  '$1',
  '{{7*7}}',
  '${7*7}',
  '&lt;![CDATA[',
  ']]>',
  '<!ENTITY x "y">',
  'true',
  'NaN',
  'Infinity',
  '-0',
  '1e999',
  '9'.repeat(400),
  '0x10',
  '２０１８-04-01',
  '2018-04-31T25:61:61Z',
  '9999-12-31T23:59:59.999999999999Z',
  '+275760-09-13T00:00:00Z',
  '0000-00-00',
  '0001-01-01T00:00:00+23:59',
  'A'.repeat(70_000),
  'AAAA'.repeat(20_000),
  '=',
  '====',
  'QQ=Q',
  'a@b',
  `${'a'.repeat(200)}@${'b.'.repeat(50)}c`,
  'first\r\nBcc: all@example.test',
  'C'.repeat(64),
  '/dev/zero',
];

const HOSTILE_NUMBERS = [0, -0, -1, 0.1, 1e21, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 + 2, -(2 ** 63), 1e308, 5e-324];

/** JSON texts that `JSON.stringify` cannot make. */
export const HOSTILE_JSON = [
  '1e999',
  '-1e999',
  '9007199254740993',
  '9'.repeat(10_000),
  '0.' + '1'.repeat(10_000),
  '"\\u0000"',
  '"\\ud800"',
  '"\\udfff\\ud800"',
  '{"__proto__":{"admin":true}}',
  '{"__proto__":null}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"toString":1,"valueOf":1,"toJSON":1,"then":1}',
  '{"a":1,"a":2,"a":{"a":3}}',
  `${'['.repeat(500)}${']'.repeat(500)}`,
  `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`,
  `[${Array.from({ length: 5000 }, () => '0').join(',')}]`,
  `{${Array.from({ length: 5000 }, (_, index) => `"m${index}":${index}`).join(',')}}`,
];

/** Where a value is written as JSON that no JavaScript value has. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Something that stands where something else should. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { arbitrary: fc.constantFrom(...HOSTILE_TEXTS), weight: 6 },
  { arbitrary: fc.constantFrom(...HOSTILE_NUMBERS), weight: 2 },
  { arbitrary: fc.constantFrom(...HOSTILE_JSON).map((text) => new JsonText(text)), weight: 3 },
  { arbitrary: fc.constantFrom(null, true, false, [], {}, [[]], [{}], [null], { '': '' }), weight: 3 },
  { arbitrary: fc.string({ unit: 'binary', maxLength: 40 }), weight: 2 },
  { arbitrary: fc.double(), weight: 1 },
  { arbitrary: fc.jsonValue({ maxDepth: 3 }), weight: 2 },
);
