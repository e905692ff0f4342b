import { XmlProblem } from './xml-element.ts';

const PREDEFINED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' };
const REFERENCE = /&(?:#(\d{1,7})|#x([0-9A-Fa-f]{1,6})|(lt|gt|amp|apos|quot));|&/g;

/** XML 1.0 section 2.2: characters that no document has, not even by reference. */
export const FORBIDDEN_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

/**
 * Replaces character references and the five predefined entities (XML 1.0 sections 4.1 and 4.6). There are no others, as there is
 * no document type declaration.
 *
 * @throws XmlProblem for any other `&`
 */
export function decodeReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    REFERENCE,
    (_all, decimal: string | undefined, hexadecimal: string | undefined, entity: string | undefined) => {
      if (entity !== undefined) return PREDEFINED[entity] ?? '';
      if (decimal === undefined && hexadecimal === undefined)
        throw new XmlProblem('there is an entity that is not predefined, or an & by itself');
      return characterOf(decimal === undefined ? Number.parseInt(hexadecimal ?? '', 16) : Number(decimal));
    },
  );
}

function characterOf(code: number): string {
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  const character = code <= 0x10ffff && !isSurrogate ? String.fromCodePoint(code) : '';
  if (character === '' || FORBIDDEN_CHARACTER.test(character))
    throw new XmlProblem('there is a reference to a character that XML does not have');
  return character;
}
