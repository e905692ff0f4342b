import type { ComplexMember, ComplexType, OperationShape, WireType } from '@cinnabar/keyman-api';
import type { ContractShapes } from '../contract/contract-shapes.ts';
import { xmlText } from './xml-text.ts';

/**
 * The XSD of the service: one namespace for wrappers and types, elements qualified, members in ordinal order
 * (WCF reads data contracts in that order and drops what comes late).
 */
export function schemaText(contract: ContractShapes, namespace: string): string {
  const types = contract.types.all();
  return [
    `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns="${xmlText(namespace)}" targetNamespace="${xmlText(namespace)}" elementFormDefault="qualified">`,
    ...contract.operations.flatMap((operation) => wrappers(operation)),
    ...types.map((type) => complexType(type)),
    ...arrays(types).map((array) => arrayType(array)),
    '</xs:schema>',
  ].join('\n');
}

/** Document/literal wrapped: `<AuthLogin><request>…`, `<AuthLoginResponse><AuthLoginResult>…`. */
function wrappers({ method }: OperationShape): string[] {
  return [
    wrapper(method, 'request', `${method}Request`),
    wrapper(`${method}Response`, `${method}Result`, `${method}Result`),
  ];
}

function wrapper(element: string, member: string, type: string): string {
  return `<xs:element name="${element}"><xs:complexType><xs:sequence><xs:element minOccurs="0" name="${member}" nillable="true" type="tns:${type}"/></xs:sequence></xs:complexType></xs:element>`;
}

function complexType({ name, members }: ComplexType): string {
  const sequence = members.map((member) => memberElement(member)).join('');
  return `<xs:complexType name="${name}"><xs:sequence>${sequence}</xs:sequence></xs:complexType>`;
}

/**
 * Nothing must be there: what an operation needs is its own to say (K0004), and answers leave out what is null.
 * Texts, bytes and objects may be null in .NET; numbers, booleans and dates are nullable there only where absence says something.
 */
function memberElement({ name, type, nillable }: ComplexMember): string {
  const isValue = type.kind === 'scalar' && type.scalar !== 'string' && type.scalar !== 'base64Binary';
  return `<xs:element minOccurs="0" name="${name}"${nillable || !isValue ? ' nillable="true"' : ''} type="${typeName(type)}"/>`;
}

type ArrayType = Extract<WireType, { kind: 'array' }>;

function arrayType({ name, element, item }: ArrayType): string {
  return `<xs:complexType name="${name}"><xs:sequence><xs:element minOccurs="0" maxOccurs="unbounded" name="${element}" nillable="true" type="${typeName(item)}"/></xs:sequence></xs:complexType>`;
}

function arrays(types: readonly ComplexType[]): readonly ArrayType[] {
  const byName = new Map<string, ArrayType>();
  const take = (type: WireType): void => {
    if (type.kind !== 'array') return;
    byName.set(type.name, type);
    take(type.item);
  };
  for (const { members } of types) for (const { type } of members) take(type);
  return [...byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function typeName(type: WireType): string {
  if (type.kind === 'scalar') return `xs:${type.scalar}`;
  return `tns:${type.kind === 'object' ? type.type : type.name}`;
}
