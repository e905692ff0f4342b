import { CodedError } from '@cinnabar/core';
import { encodeElement, encodeObjectIdentifier, encodeSequence } from './der/der-writer.ts';
import { TAG } from './der/tags.ts';
import { nameSyntaxOf, type NameSyntax } from './name-syntax.ts';
import { readNameText, type WrittenAttribute } from './name-text.ts';

/** X.680 41.4, Table 10. */
const PRINTABLE = /^[A-Za-z0-9 '()+,\-./:=?]*$/;
const IA5 = /^[\u0020-\u007e]*$/;
const CONTROL_CHARACTER = /\p{Cc}/u;

/**
 * A written name (RFC 4514) → DER of its `Name` (RFC 5280 4.1.2.4), the string types and lengths as RFC 5280 Appendix A
 * has them: C, SERIALNUMBER and DNQ are PrintableString, E and DC IA5String, others UTF8String in Unicode form NFC.
 *
 * @throws CodedError `invalid-parameter` that begins with `member` and quotes no value
 */
export function encodeNameText(text: string, member: string): Uint8Array {
  // The text names the most specific part first, the encoding last (RFC 4514 2.1).
  const relativeNames = readNameText(text, member).toReversed();
  return encodeSequence(...relativeNames.map((attributes) => encodeRelativeName(attributes, member)));
}

function encodeRelativeName(attributes: readonly WrittenAttribute[], member: string): Uint8Array {
  if (new Set(attributes.map(({ type }) => type)).size !== attributes.length)
    throw new CodedError('invalid-parameter', `${member}: one part names the same type twice`);
  const encoded = attributes.map((attribute) => encodeAttribute(attribute, member));
  // X.690 11.6: the components of a SET OF are in ascending order.
  return encodeElement(TAG.set, ...encoded.sort((left, right) => Buffer.compare(left, right)));
}

function encodeAttribute({ type, typeText, value }: WrittenAttribute, member: string): Uint8Array {
  const syntax = nameSyntaxOf(type);
  const normal = value.normalize('NFC');
  const shortcoming = shortcomingOf(normal, syntax);
  if (shortcoming !== undefined) throw new CodedError('invalid-parameter', `${member}: ${typeText} ${shortcoming}`);
  return encodeSequence(encodeObjectIdentifier(type), encodeElement(syntax.tag, Buffer.from(normal, 'utf8')));
}

function shortcomingOf(value: string, { tag, maxLength, form }: NameSyntax): string | undefined {
  const length = Array.from(value).length;
  if (length === 0) return 'is empty';
  if (length > maxLength) return `is longer than ${maxLength} characters`;
  if (CONTROL_CHARACTER.test(value) || !value.isWellFormed()) return 'holds control characters';
  if (tag === TAG.printableString && !PRINTABLE.test(value)) return "holds other than letters, digits and '()+,-./:=?";
  if (tag === TAG.ia5String && !IA5.test(value)) return 'holds characters outside ASCII';
  return form === undefined || form.pattern.test(value) ? undefined : `is not ${form.says}`;
}
