import { afterAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readXml } from './read-xml.ts';
import { XmlBodyReader } from './xml-body.ts';
import { XML_LIMITS, XmlProblem } from './xml-element.ts';

const read = (text: string) => readXml(new TextEncoder().encode(text), XML_LIMITS);

describe('readXml', () => {
  it('resolves names, references and CDATA, and leaves out white space between members', () => {
    const root = read(
      '<?xml version="1.0" encoding="UTF-8"?>\n<!-- a --><a xmlns="urn:a" xmlns:b="urn:b" c="&#x41;&lt;" b:c=\'2\n3\'>\r\n  <b:d>x &amp; <![CDATA[<y>]]>\r\n&#13;</b:d>\n  <e xmlns=""/></a>\n',
    );
    expect(root).toEqual({
      name: 'a',
      namespace: 'urn:a',
      attributes: new Map([
        ['c', 'A<'],
        ['{urn:b}c', '2 3'],
      ]),
      content: '',
      children: [
        { name: 'd', namespace: 'urn:b', attributes: new Map(), content: 'x & <y>\n\r', children: [] },
        { name: 'e', namespace: '', attributes: new Map(), content: '', children: [] },
      ],
    });
  });

  it.each([
    ['', 'ends too early'],
    ['<a>', 'ends too early'],
    ['<a></b>', 'does not match'],
    ['</a>', 'does not match'],
    ['<a/><b/>', 'second root'],
    ['x<a/>', 'outside'],
    ['<a/>x', 'outside'],
    ['<a b="1" b="2"/>', 'twice'],
    ['<a xmlns:x="urn:x" xmlns:y="urn:x" x:b="1" y:b="2"/>', 'twice'],
    ['<a b=1/>', 'not quoted'],
    ['<a b="<"/>', '<'],
    ['<a b="1"c="2"/>', 'not written'],
    ['<a b></a>', 'not written'],
    ['<1/>', 'name'],
    ['< a/>', 'name'],
    ['<a:b/>', 'prefix'],
    ['<a b:c="1"/>', 'prefix'],
    ['<:a/>', 'colon'],
    ['<a:b:c xmlns:a="urn:a"/>', 'colon'],
    ['<a xmlns:b=""/>', 'cannot be'],
    ['<a xmlns:xmlns="urn:a"/>', 'cannot be'],
    ['<a xmlns:xml="urn:a"/>', 'cannot be'],
    ['<a>]]></a>', ']]>'],
    ['<a>&nbsp;</a>', 'entity'],
    ['<a>&</a>', 'entity'],
    ['<a>&#0;</a>', 'character'],
    ['<a>&#xD800;</a>', 'character'],
    ['<a>&#x110000;</a>', 'character'],
    ['<a>\u0001</a>', 'character'],
    ['<a>\uffff</a>', 'character'],
    ['<a><!-- -- --></a>', 'comment'],
    ['<a><!-- </a>', 'comment'],
    ['<a><![CDATA[</a>', 'CDATA'],
    ['<![CDATA[a]]>', 'CDATA'],
    ['<!DOCTYPE a><a/>', 'document type'],
    ['<a><!ENTITY b "c"></a>', 'document type'],
    ['<?pi?><a/>', 'processing instruction'],
    ['<a/><?xml version="1.0"?>', 'processing instruction'],
    ['<?xml version="1.1"?><a/>', 'declaration'],
    ['<?xml version="1.0" encoding="utf-16"?><a/>', 'declaration'],
  ])('refuses %j: %s', (text, why) => {
    expect(() => read(text)).toThrow(XmlProblem);
    expect(() => read(text)).toThrow(why);
  });

  it('stops at its limits, however much is left', () => {
    const { depth, elements, attributes } = XML_LIMITS;
    const nested = (levels: number) => '<a>'.repeat(levels) + '</a>'.repeat(levels);
    const wide = (count: number) => `<a>${'<b/>'.repeat(count - 1)}</a>`;
    const dressed = (count: number) =>
      `<a ${Array.from({ length: count }, (_one, index) => `b${index}="1"`).join(' ')}/>`;
    for (const good of [nested(depth), wide(elements), dressed(attributes)]) expect(read(good).name).toBe('a');
    expect(() => read(nested(depth + 1))).toThrow('too deep');
    expect(() => read(wide(elements + 1))).toThrow('too many elements');
    expect(() => read(dressed(attributes + 1))).toThrow('too many attributes');
    const { allAttributes, attributeLength, markup, references } = XML_LIMITS;
    const dressedAll = (count: number) => `<a>${'<b c=""/>'.repeat(count)}</a>`;
    expect(read(dressedAll(elements - 1)).name).toBe('a');
    const twice = Math.ceil(allAttributes / 2) + 1;
    expect(() => read(`<a>${'<b c="" d=""/>'.repeat(twice)}</a>`)).toThrow('too many attributes');
    expect(read(`<a b="${'c'.repeat(attributeLength)}"/>`).name).toBe('a');
    expect(() => read(`<a b="${'c'.repeat(attributeLength + 1)}"/>`)).toThrow('too long');
    for (const piece of ['<!---->', '<![CDATA[]]>']) {
      expect(read(`<a>${piece.repeat(markup - 2)}</a>`).content).toBe('');
      expect(() => read(`<a>${piece.repeat(markup)}</a>`)).toThrow('too much markup');
      expect(read(`<a>${piece}]${'>'.repeat(markup)}</a>`).content).toHaveLength(markup + 1);
    }
    expect(read(`<a>${'&lt;'.repeat(references)}</a>`).content).toBe('<'.repeat(references));
    expect(() => read(`<a>${'&lt;'.repeat(references + 1)}</a>`)).toThrow('too many references');
    const texts = (length: number) => `<a><b>${'x'.repeat(length)}</b><b>x</b></a>`;
    expect(read(texts(8 * 1024 * 1024 - 1)).name).toBe('a');
    expect(() => read(texts(8 * 1024 * 1024))).toThrow('longer than');
    expect(() => read('<a>'.repeat(50_000))).toThrow('too deep');
    expect(() => read('<a>'.repeat(1_000_000))).toThrow('too deep');
    expect(() => read(`<a>${'>'.repeat(2 * markup + 1)}</a>`)).toThrow('too much markup');
    for (const spaced of ['<a SPACE/>', '<a></a SPACE>', '<a b SPACE= ""/>'])
      expect(() => read(spaced.replace('SPACE', ' '.repeat(5_000)))).toThrow(XmlProblem);
    expect(() => read(`<a><!--${' '.repeat(100_000)}--></a>`)).toThrow('comment');
  });

  it('reads line ends as line feeds, wherever they stand (XML 1.0 section 2.11)', () => {
    const root = read('<a\r\nb="1\r\n2\r3\n4">\r\r\n<![CDATA[\r]]>&#13;\n\r</a>');
    expect(root.attributes.get('b')).toBe('1 2 3 4');
    expect(root.content).toBe('\n\n\n\r\n\n');
    expect(read('<a>x</a>\r').content).toBe('x');
  });

  it('reads what is beyond Latin wherever it stands', () => {
    const root = read('<łó:ß xmlns:łó="urn:ł" ę="ö&#x142;&#322;"><!-- ż -->💣&#x1F4A3;é<![CDATA[ß]]></łó:ß>');
    expect(root).toEqual({
      name: 'ß',
      namespace: 'urn:ł',
      attributes: new Map([['ę', 'öłł']]),
      content: '💣💣éß',
      children: [],
    });
    expect(() => read('<a\u00d7/>')).toThrow('name');
  });

  it('gives names that objects have no power', () => {
    const root = read('<__proto__ id="__proto__" __proto__="1"><constructor>1</constructor></__proto__>');
    expect([root.name, root.children[0]?.name, root.attributes.get('__proto__')]).toEqual([
      '__proto__',
      'constructor',
      '1',
    ]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('XmlBodyReader', () => {
  const reader = new XmlBodyReader({ threads: 1, maxQueue: 4 });
  afterAll(() => reader.close());
  const utf8 = (text: string) => new TextEncoder().encode(text);

  it('reads small and large messages alike, the documents of large ones decoded', async () => {
    const document = randomBytes(3_000_000);
    const large = await reader.read(utf8(`<a><b>${document.toString('base64')}</b><c>x</c></a>`));
    const [b, c] = large.children;
    expect(Buffer.from(b?.content as Uint8Array).equals(document)).toBe(true);
    expect(c?.content).toBe('x');
    expect((await reader.read(utf8('\uFEFF<a>QUJD</a>'))).content).toBe('QUJD');
  });

  it('refuses without quoting, on either side of the size', async () => {
    for (const secret of ['848484', '8'.repeat(100_000)]) {
      const refused = reader.read(utf8(`<a>${secret}</b>`));
      await expect(refused).rejects.toMatchObject({
        code: 'malformed-request',
        publicDetail: expect.not.stringContaining('8484') as unknown,
      });
    }
    await expect(reader.read(new Uint8Array([0x3c, 0xff]))).rejects.toMatchObject({
      publicDetail: 'the message is not UTF-8',
    });
  });
});
