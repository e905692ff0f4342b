import type { XmlElement } from '@cinnabar/http';
import { KEY_PAIR, type ComplexTypes, type RawRequest, type Scalar, type WireType } from '@cinnabar/keyman-api';

const NIL = '{http://www.w3.org/2001/XMLSchema-instance}nil';
const NUMBER = /^[+-]?\d{1,15}(\.\d{1,15})?$/;

/**
 * Reads a data contract's members, in any order, as the JSON of the same request would have them; what does not fit is left for
 * the contract's validation to name. Members that no type knows come along under their names, since the validation reads past
 * the manual's slips (`doc`).
 */
export function readMembers(types: ComplexTypes, typeName: string, namespace: string, element: XmlElement): RawRequest {
  const known = memberTypes(types, typeName);
  return gather(element, namespace, (child) => {
    const type = known.get(child.name);
    return type === undefined ? readUnknown(child, namespace) : readValue(types, type, namespace, child);
  });
}

/** By the types, which are made once, and their names: a message may have thousands of members of one type. */
const memberTypesOf = new WeakMap<ComplexTypes, Map<string, ReadonlyMap<string, WireType>>>();

function memberTypes(types: ComplexTypes, typeName: string): ReadonlyMap<string, WireType> {
  const named = memberTypesOf.get(types) ?? new Map<string, ReadonlyMap<string, WireType>>();
  memberTypesOf.set(types, named);
  const known = named.get(typeName) ?? new Map(types.get(typeName).members.map(({ name, type }) => [name, type]));
  named.set(typeName, known);
  return known;
}

function readValue(types: ComplexTypes, type: WireType, namespace: string, element: XmlElement): unknown {
  switch (type.kind) {
    case 'scalar':
      return element.children.length > 0
        ? readUnknown(element, namespace)
        : typeof element.content === 'string'
          ? readScalar(type.scalar, element.content)
          : element.content;
    case 'object':
      return type.type === KEY_PAIR ? readPair(element, namespace) : readMembers(types, type.type, namespace, element);
    case 'array':
      return element.children
        .filter((item) => isOurs(item, namespace))
        .map((item) => readValue(types, type.item, namespace, item));
  }
}

/** XSD's lexical forms (XML Schema part 2) in JSON's values. */
function readScalar(scalar: Scalar, content: string): unknown {
  const collapsed = content.trim();
  switch (scalar) {
    case 'string':
      return content;
    case 'boolean':
      return collapsed === '1' ? true : collapsed === '0' ? false : collapsed;
    case 'int':
    case 'long':
    case 'decimal':
      return NUMBER.test(collapsed) ? Number(collapsed) : collapsed;
    case 'dateTime':
    case 'base64Binary':
      return collapsed;
  }
}

function readPair(element: XmlElement, namespace: string): unknown {
  const pair = gather(element, namespace, (child) => readUnknown(child, namespace));
  return [pair['Key'] ?? '', pair['Value'] ?? ''];
}

function readUnknown(element: XmlElement, namespace: string): unknown {
  if (element.children.length === 0) return element.content;
  return gather(element, namespace, (child) => readUnknown(child, namespace));
}

/** A member that stands twice becomes an array, which the validation takes where it takes one and names elsewhere. */
function gather(element: XmlElement, namespace: string, read: (child: XmlElement) => unknown): RawRequest {
  const members: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const repeated = new Map<string, unknown[]>();
  for (const child of element.children) {
    if (!isOurs(child, namespace)) continue;
    const value = read(child);
    const before = repeated.get(child.name);
    if (before !== undefined) before.push(value);
    else if (child.name in members) repeated.set(child.name, (members[child.name] = [members[child.name], value]));
    else members[child.name] = value;
  }
  return members;
}

/** Members of other namespaces are not the contract's; `xsi:nil` means absent. */
function isOurs({ namespace, attributes }: XmlElement, ours: string): boolean {
  const nil = attributes.get(NIL);
  return (namespace === ours || namespace === '') && nil !== 'true' && nil !== '1';
}
