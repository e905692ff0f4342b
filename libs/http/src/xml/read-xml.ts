import { TextRoom, TOO_MUCH_TEXT } from '../text-room.ts';
import { References } from './character-references.ts';
import { octetsOf, textOf } from './message-octets.ts';
import { NamespaceScope } from './namespace-scope.ts';
import { XmlProblem, type XmlElement, type XmlLimits } from './xml-element.ts';

const NAME_START =
  ':A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}-\\u{200D}\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}';
/** XML 1.0 section 2.3, `Name`; longer ones than any contract has are none to us. */
const NAME = new RegExp(
  `^[${NAME_START}][${NAME_START}\\-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}-\\u{2040}]{0,255}$`,
  'u',
);
/** Octets up to what ends a name, whatever it is. */
const NAME_OCTETS = /[^ \t\r\n/<>=&"'!?]{1,1024}/y;
const SPACE = /[ \t\r\n]{0,4096}/y;
/** Longest comment, in octets. */
const COMMENT_MAX = 64 * 1024;
const DECLARATION =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.0"|'1\.0')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"([\w.-]{1,40})"|'([\w.-]{1,40})'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/;

interface Open {
  readonly qualified: string;
  readonly scope: NamespaceScope;
  readonly element: { readonly name: string; readonly namespace: string; readonly attributes: Map<string, string> };
  readonly children: XmlElement[];
  text: string;
}

/**
 * Reads an XML 1.0 document with namespaces into elements. It knows no document type declarations and no processing
 * instructions, as SOAP messages have none (SOAP 1.1 section 3, SOAP 1.2 part 1 section 5): no entity can grow, nothing is fetched.
 * Iterative: depth costs memory of ours, never the stack.
 *
 * @param message in UTF-8, with or without a byte order mark
 * @param decode bytes that an element's character content, in octets of UTF-8, stands for; undefined where it is text
 * @throws XmlProblem not UTF-8, not well-formed, of the refused kind, or beyond the limits
 */
export function readXml(
  message: Uint8Array,
  limits: XmlLimits,
  decode: (content: string) => Uint8Array | undefined = () => undefined,
): XmlElement {
  return new Reader(octetsOf(message), limits, decode).read();
}

class Reader {
  /** The message's octets, each as one character. */
  private readonly text: string;
  private readonly limits: XmlLimits;
  private readonly decode: (content: string) => Uint8Array | undefined;
  private readonly open: Open[] = [];
  private position = 0;
  private elements = 0;
  private allAttributes = 0;
  private readonly room = new TextRoom();
  private readonly references: References;
  private markupLeft: number;
  /** Of `>`: one for each piece of markup, and some in texts. */
  private endsLeft: number;
  private root: XmlElement | undefined;

  constructor(text: string, limits: XmlLimits, decode: (content: string) => Uint8Array | undefined) {
    this.text = text;
    this.limits = limits;
    this.decode = decode;
    this.references = new References(limits.references);
    this.markupLeft = limits.markup;
    this.endsLeft = 2 * limits.markup;
  }

  read(): XmlElement {
    this.declaration();
    const { text } = this;
    while (this.position < text.length) {
      const markup = text.indexOf('<', this.position);
      this.characters(text.slice(this.position, markup < 0 ? text.length : markup));
      if (markup < 0) break;
      this.position = markup;
      this.markup();
    }
    if (this.root === undefined || this.open.length > 0) throw new XmlProblem('the message ends too early');
    return this.root;
  }

  private declaration(): void {
    if (!/^<\?xml[ \t\r\n]/.test(this.text.slice(0, 6))) return;
    const match = DECLARATION.exec(this.text.slice(0, 512));
    const encoding = match?.[1] ?? match?.[2] ?? 'utf-8';
    if (match === null || encoding.toLowerCase() !== 'utf-8')
      throw new XmlProblem('the XML declaration is not one of XML 1.0 in UTF-8');
    this.position = match[0].length;
  }

  private characters(raw: string): void {
    if (raw === '') return;
    const current = this.open.at(-1);
    if (current === undefined) {
      if (/[^ \t\r\n]/.test(raw)) throw new XmlProblem('there is text outside of the root element');
      return;
    }
    if (this.endOfSection(raw, 0) >= 0) throw new XmlProblem('there is a ]]> in a text');
    current.text += this.references.decode(raw);
  }

  private markup(): void {
    if (--this.markupLeft < 0) throw new XmlProblem('the message has too much markup');
    const { text, position } = this;
    const next = text.charCodeAt(position + 1);
    if (next === 0x2f /* / */) this.endTag();
    else if (next === 0x21 /* ! */) this.declarationOrSection();
    else if (next === 0x3f /* ? */) throw new XmlProblem('there is a processing instruction; they are refused');
    else this.startTag();
  }

  private declarationOrSection(): void {
    const { text, position } = this;
    if (text.startsWith('<!--', position)) {
      const length = text.slice(position + 4, position + 4 + COMMENT_MAX).indexOf('--');
      if (length < 0 || text[position + length + 6] !== '>') throw new XmlProblem('a comment does not end as it must');
      this.position += length + 7;
      return;
    }
    if (!text.startsWith('<![CDATA[', position))
      throw new XmlProblem('there is a document type declaration; they are refused');
    const current = this.open.at(-1);
    const end = this.endOfSection(text, position + 9);
    if (current === undefined || end < 0) throw new XmlProblem('a CDATA section stands or ends wrongly');
    current.text += text.slice(position + 9, end);
    this.position = end + 3;
  }

  /** Offset of the next `]]>`, or -1. Each `>` is counted: a hostile text is all brackets. */
  private endOfSection(text: string, from: number): number {
    for (let at = text.indexOf('>', from); at >= 0; at = text.indexOf('>', at + 1)) {
      if (--this.endsLeft < 0) throw new XmlProblem('the message has too much markup');
      if (at >= from + 2 && text[at - 1] === ']' && text[at - 2] === ']') return at - 2;
    }
    return -1;
  }

  private startTag(): void {
    if (this.open.length === 0 && this.root !== undefined) throw new XmlProblem('there is a second root element');
    if (this.open.length >= this.limits.depth) throw new XmlProblem('the message is nested too deep');
    if (++this.elements > this.limits.elements) throw new XmlProblem('the message has too many elements');
    this.position += 1;
    const qualified = this.name();
    const written = this.attributes();
    const scope = (this.open.at(-1)?.scope ?? NamespaceScope.outermost()).within(written);
    const element = { ...scope.resolve(qualified, false), attributes: expanded(written, scope) };
    this.open.push({ qualified, scope, element, children: [], text: '' });
    if (this.text[this.position] === '/') {
      this.position += 1;
      this.expect('>');
      this.close();
    } else this.expect('>');
  }

  private endTag(): void {
    this.position += 2;
    const qualified = this.name();
    this.space();
    this.expect('>');
    if (this.open.at(-1)?.qualified !== qualified) throw new XmlProblem('an end tag does not match its start tag');
    this.close();
  }

  private close(): void {
    const closed = this.open.pop();
    if (closed === undefined) throw new XmlProblem('an end tag has no start tag');
    const { element, children, text } = closed;
    // Text between members is their indentation.
    const content = children.length > 0 ? '' : this.contentOf(text);
    const done: XmlElement = { ...element, children, content };
    const outer = this.open.at(-1);
    if (outer === undefined) this.root = done;
    else outer.children.push(done);
  }

  private contentOf(octets: string): string | Uint8Array {
    const decoded = this.decode(octets);
    if (decoded !== undefined) return decoded;
    if (!this.room.take(octets.length)) throw new XmlProblem(TOO_MUCH_TEXT);
    return textOf(octets);
  }

  private attributes(): Map<string, string> {
    const attributes = new Map<string, string>();
    for (;;) {
      const before = this.position;
      this.space();
      const next = this.text[this.position];
      if (next === '>' || next === '/') return attributes;
      if (this.position === before) throw new XmlProblem('a tag is not written as it must be');
      const name = this.name();
      if (attributes.has(name)) throw new XmlProblem('an attribute stands twice');
      if (attributes.size >= this.limits.attributes) throw new XmlProblem('an element has too many attributes');
      if (++this.allAttributes > this.limits.allAttributes) throw new XmlProblem('the message has too many attributes');
      this.space();
      this.expect('=');
      this.space();
      attributes.set(name, this.quoted());
    }
  }

  private quoted(): string {
    const quote = this.text[this.position];
    if (quote !== '"' && quote !== "'") throw new XmlProblem('an attribute value is not quoted');
    const start = this.position + 1;
    const length = this.text.slice(start, start + this.limits.attributeLength + 1).indexOf(quote);
    if (length < 0) throw new XmlProblem('an attribute value does not end, or is too long');
    const raw = this.text.slice(start, start + length);
    if (raw.includes('<')) throw new XmlProblem('there is a < in an attribute value');
    this.position = start + length + 1;
    // Section 3.3.3: literal white space becomes spaces.
    return textOf(this.references.decode(raw.replace(/\r\n|[\t\r\n]/g, ' ')));
  }

  private name(): string {
    NAME_OCTETS.lastIndex = this.position;
    const name = textOf(NAME_OCTETS.exec(this.text)?.[0] ?? '');
    if (!NAME.test(name)) throw new XmlProblem('a name is not one of XML');
    this.position = NAME_OCTETS.lastIndex;
    return name;
  }

  private space(): void {
    SPACE.lastIndex = this.position;
    SPACE.exec(this.text);
    this.position = SPACE.lastIndex;
  }

  private expect(character: string): void {
    if (this.text[this.position] !== character) throw new XmlProblem('a tag is not written as it must be');
    this.position += 1;
  }
}

/** Attributes by their expanded names, of which each stands once (Namespaces in XML 1.0, section 6.3). */
function expanded(written: ReadonlyMap<string, string>, scope: NamespaceScope): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [qualified, value] of written) {
    if (qualified === 'xmlns' || qualified.startsWith('xmlns:')) continue;
    const { namespace, name } = scope.resolve(qualified, true);
    const key = namespace === '' ? name : `{${namespace}}${name}`;
    if (attributes.has(key)) throw new XmlProblem('an attribute stands twice');
    attributes.set(key, value);
  }
  return attributes;
}
