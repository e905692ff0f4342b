import { XmlProblem } from './xml-element.ts';

export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';

/** The prefixes in force in an element (Namespaces in XML 1.0). */
export class NamespaceScope {
  private readonly declared: Map<string, string>;
  private readonly outer: NamespaceScope | undefined;

  private constructor(declared: Map<string, string>, outer: NamespaceScope | undefined) {
    this.declared = declared;
    this.outer = outer;
  }

  static outermost(): NamespaceScope {
    return new NamespaceScope(
      new Map([
        ['', ''],
        ['xml', XML_NAMESPACE],
      ]),
      undefined,
    );
  }

  /** @param attributes as written, by their qualified names */
  within(attributes: ReadonlyMap<string, string>): NamespaceScope {
    const declared = new Map<string, string>();
    for (const [name, value] of attributes) {
      if (name === 'xmlns') declared.set('', bound('', value));
      else if (name.startsWith('xmlns:')) declared.set(name.slice(6), bound(name.slice(6), value));
    }
    return declared.size === 0 ? this : new NamespaceScope(declared, this);
  }

  /** @throws XmlProblem for a prefix that nobody declared */
  resolve(qualified: string, isAttribute: boolean): { readonly namespace: string; readonly name: string } {
    const colon = qualified.indexOf(':');
    if (colon < 0) return { namespace: isAttribute ? '' : this.lookUp(''), name: qualified };
    const name = qualified.slice(colon + 1);
    if (colon === 0 || name === '' || name.includes(':')) throw new XmlProblem('a name has a colon in a wrong place');
    return { namespace: this.lookUp(qualified.slice(0, colon)), name };
  }

  private lookUp(prefix: string): string {
    const namespace = this.declared.get(prefix) ?? this.outer?.lookUp(prefix);
    if (namespace === undefined) throw new XmlProblem('a namespace prefix is not declared');
    return namespace;
  }
}

/** Section 3: what may be declared. */
function bound(prefix: string, namespace: string): string {
  const isReserved =
    prefix === 'xmlns' || namespace === XMLNS_NAMESPACE || (prefix === 'xml') !== (namespace === XML_NAMESPACE);
  if (isReserved || (prefix !== '' && namespace === '')) throw new XmlProblem('a namespace is declared that cannot be');
  return namespace;
}
