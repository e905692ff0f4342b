import { CodedError } from '@cinnabar/core';
import {
  type FormField,
  PdfDictionary,
  type PdfDocument,
  type PdfIncrement,
  PdfName,
  type PdfReference,
} from '@cinnabar/pdf';
import type { InteractiveForm } from './form.ts';
import { addEmptyAppearance } from './new-field.ts';

/** A field that can be signed: it has a number of its own. */
export type SignableField = FormField & { readonly reference: PdfReference };

/**
 * The empty signature field with this fully qualified name. Anything else is an `invalid-parameter` that names
 * `signfieldname`.
 */
export function findEmptyField({ fields }: InteractiveForm, fieldName: string): SignableField {
  const field = fields.find(({ fullName }) => fullName === fieldName);
  const refuse = (reason: string) => new CodedError('invalid-parameter', `signfieldname: ${reason}`);
  if (!field) throw refuse('the document has no such field');
  if (field.fieldType !== 'Sig') throw refuse('the field is no signature field');
  if (field.isFilled) throw refuse('the field is signed already');
  if (!field.reference) throw refuse('the field stands directly in the form and cannot be changed');
  return { ...field, reference: field.reference };
}

/**
 * Gives an existing field its signature. Everything that its author said of it stays: place, /StructParent, /Lock. /SV,
 * the seed value, is not evaluated: it is a wish of the author to the program that signs (ISO 32000-1 12.7.4.5), and
 * whoever calls this server has decided what is signed how.
 */
export function fillField(
  document: PdfDocument,
  increment: PdfIncrement,
  { dictionary, reference }: SignableField,
  signature: PdfReference,
): void {
  const subtype = document.resolve(dictionary.get('Subtype'));
  const isWidget = subtype instanceof PdfName && subtype.value === 'Widget';
  // A widget without an appearance is left to each reader's taste, and PDF/A forbids it.
  const appearance =
    isWidget && !dictionary.has('AP')
      ? { AP: PdfDictionary.of({ N: addEmptyAppearance(increment, boundingBox(document, dictionary)) }) }
      : {};
  increment.set(reference, dictionary.with({ ...appearance, V: signature }));
}

/** As large as the widget, from the origin. */
function boundingBox(document: PdfDocument, widget: PdfDictionary): readonly number[] {
  const [left, bottom, right, top] = (document.array(widget.get('Rect')) ?? []).map((each) => document.resolve(each));
  const span = (from: unknown, to: unknown) =>
    typeof from === 'number' && typeof to === 'number' ? Math.abs(to - from) : 0;
  return [0, 0, span(left, right), span(bottom, top)];
}
