import { MAX_FORM_FIELDS } from '../limits.ts';
import { PdfDictionary, PdfName, PdfReference, PdfString, type PdfValue } from '../objects/pdf-object.ts';
import { textOf } from '../objects/text-string.ts';
import { unreadable } from '../unreadable.ts';
import type { PdfDocument } from './pdf-document.ts';

/** A field of the interactive form (ISO 32000-1 12.7.3). */
export interface FormField {
  readonly dictionary: PdfDictionary;
  /** Left out where it stands directly in an array, which the standard forbids. */
  readonly reference: PdfReference | undefined;
  /** Fully qualified: partial names joined by periods (12.7.3.2). */
  readonly fullName: string;
  /** /FT, inherited where it is not its own: `Sig`, `Tx`, `Btn`, `Ch`. */
  readonly fieldType: string | undefined;
  /** Its own /V or the one it inherits, as it stands there. */
  readonly value: PdfValue | undefined;
  /** Has it a value that is not null? For a signature field: is it signed? */
  readonly isFilled: boolean;
}

/** A field whose turn is still to come, with what it inherits. */
interface Pending {
  readonly value: PdfValue;
  readonly parent: FormField | undefined;
}

/**
 * The fields of a form without further fields below them, in the order of the form. Loops are not followed; what is no
 * dictionary is stepped over.
 */
export function listFields(document: PdfDocument, form: PdfDictionary): readonly FormField[] {
  const fields: FormField[] = [];
  const visited = new Set<string>();
  const pending: Pending[] = [];
  const push = (values: readonly PdfValue[], parent: FormField | undefined): void => {
    for (const value of values.toReversed()) pending.push({ value, parent });
  };
  push(document.array(form.get('Fields')) ?? [], undefined);
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { value, parent } = next;
    if (value instanceof PdfReference) {
      const key = `${value.objectNumber} ${value.generation}`;
      if (visited.has(key)) continue;
      visited.add(key);
    }
    if (fields.length + pending.length > MAX_FORM_FIELDS) throw unreadable('its form has too many fields');
    const dictionary = document.dictionary(value);
    if (!dictionary) continue;
    const field = toField(document, value, dictionary, parent);
    const kids = fieldKids(document, dictionary);
    if (kids.length > 0) push(kids, field);
    else fields.push(field);
  }
  return fields;
}

function toField(
  document: PdfDocument,
  value: PdfValue,
  dictionary: PdfDictionary,
  parent: FormField | undefined,
): FormField {
  const partialName = document.resolve(dictionary.get('T'));
  const names = [parent?.fullName ?? '', partialName instanceof PdfString ? textOf(partialName) : ''];
  const type = document.resolve(dictionary.get('FT'));
  const fieldValue = dictionary.get('V') ?? parent?.value;
  return {
    dictionary,
    reference: value instanceof PdfReference ? value : undefined,
    fullName: names.filter((name) => name !== '').join('.'),
    fieldType: type instanceof PdfName ? type.value : parent?.fieldType,
    value: fieldValue,
    isFilled: document.resolve(fieldValue) !== null,
  };
}

/** Kids with a name of their own are fields, the others widgets of this field (12.7.3.1). */
function fieldKids(document: PdfDocument, dictionary: PdfDictionary): readonly PdfValue[] {
  const kids = document.array(dictionary.get('Kids')) ?? [];
  return kids.filter((kid) => document.dictionary(kid)?.has('T') === true);
}
