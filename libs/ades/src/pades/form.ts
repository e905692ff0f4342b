import {
  type FormField,
  isPdfArray,
  listFields,
  PdfDictionary,
  type PdfDocument,
  type PdfIncrement,
  PdfReference,
  type PdfValue,
} from '@cinnabar/pdf';

/** The interactive form of a document (ISO 32000-1 12.7.2). */
export interface InteractiveForm {
  /** Empty where the document has no form yet. */
  readonly dictionary: PdfDictionary;
  readonly fields: readonly FormField[];
}

export function readForm(document: PdfDocument): InteractiveForm {
  const dictionary = document.dictionary(document.catalog.get('AcroForm')) ?? new PdfDictionary();
  return { dictionary, fields: listFields(document, dictionary) };
}

/** A signature field that is signed. */
export function isSignature({ fieldType, isFilled }: FormField): boolean {
  return fieldType === 'Sig' && isFilled;
}

/** SignaturesExist and AppendOnly (table 219): readers then save as updates, which keep signatures whole. */
const SIGNATURES_EXIST_AND_APPEND_ONLY = 3;

/**
 * Adds a field, if one is given, and sets /SigFlags. Changes as little as can be: /NeedAppearances, /XFA, /DR and /DA
 * stay, and the catalog is written only where the form stands in it.
 */
export function updateForm(
  document: PdfDocument,
  increment: PdfIncrement,
  { dictionary }: InteractiveForm,
  newField: PdfReference | undefined,
): void {
  const flags = document.resolve(dictionary.get('SigFlags'));
  const before = typeof flags === 'number' && Number.isInteger(flags) ? flags : 0;
  const after = before | SIGNATURES_EXIST_AND_APPEND_ONLY;
  let updated = after === before ? dictionary : dictionary.with({ SigFlags: after });
  if (newField) updated = addField(document, increment, updated, newField);
  if (updated === dictionary) return;
  const place = document.catalog.get('AcroForm');
  if (place instanceof PdfReference && document.dictionary(place)) {
    increment.set(place, updated);
  } else {
    const catalog = increment.dictionary(document.catalogReference) ?? document.catalog;
    increment.set(document.catalogReference, catalog.with({ AcroForm: updated }));
  }
}

function addField(
  document: PdfDocument,
  increment: PdfIncrement,
  form: PdfDictionary,
  newField: PdfReference,
): PdfDictionary {
  const place = form.get('Fields');
  const fields = document.resolve(place);
  // Where /Fields is no array, readers see no fields: there is nothing to keep.
  const updated: PdfValue = [...(isPdfArray(fields) ? fields : []), newField];
  if (place instanceof PdfReference && isPdfArray(fields)) {
    increment.set(place, updated);
    return form;
  }
  return form.with({ Fields: updated });
}
