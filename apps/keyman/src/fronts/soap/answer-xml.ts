import { KEY_PAIR, type ComplexTypes, type RawRequest, type WireType } from '@cinnabar/keyman-api';
import { xmlText } from './xml-text.ts';

/**
 * Writes a data contract's members: in ordinal order, since WCF drops one that comes late, and without those that are null.
 *
 * @param prefix of the contract's namespace, declared around
 */
export function writeMembers(types: ComplexTypes, typeName: string, members: RawRequest, prefix: string): string {
  const parts: string[] = [];
  for (const { name, type } of types.get(typeName).members) {
    const value = members[name];
    if (value !== null && value !== undefined) writeElement(types, name, type, value, prefix, parts);
  }
  return parts.join('');
}

function writeElement(
  types: ComplexTypes,
  name: string,
  type: WireType,
  value: unknown,
  prefix: string,
  parts: string[],
): void {
  parts.push('<', prefix, ':', name, '>');
  if (type.kind === 'scalar') parts.push(scalarText(value));
  else if (type.kind === 'object') parts.push(writeMembers(types, type.type, membersOf(type.type, value), prefix));
  else
    for (const item of value as readonly unknown[])
      if (item !== null && item !== undefined) writeElement(types, type.element, type.item, item, prefix, parts);
  parts.push('</', prefix, ':', name, '>');
}

function membersOf(type: string, value: unknown): RawRequest {
  if (type !== KEY_PAIR) return value as RawRequest;
  const [key, paired] = value as readonly unknown[];
  return { Key: key, Value: paired };
}

/** XSD's lexical forms; bytes as base64Binary. */
function scalarText(value: unknown): string {
  if (typeof value === 'string') return xmlText(value);
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (value instanceof Date) return value.toISOString();
  // Whole and small numbers: none of the contract's needs an exponent, which xsd:decimal does not have.
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
