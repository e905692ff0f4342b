import {
  anchorPage,
  findFirstPage,
  isPdfArray,
  PdfDictionary,
  type PdfDocument,
  type PdfIncrement,
  PdfName,
  PdfReference,
  textString,
} from '@cinnabar/pdf';
import { type InteractiveForm, isSignature } from './form.ts';

/** Print and Locked (ISO 32000-1 table 165). PDF/A demands Print (ISO 19005-1 6.5.3), a signature should not be moved. */
const PRINT_AND_LOCKED = 4 | 128;

/**
 * Makes an invisible signature field on the first page: field and widget in one dictionary, an empty rectangle
 * (ISO 32000-1 12.7.4.5) and an empty appearance, which PDF/A demands (ISO 19005-1 6.9, ISO 19005-2 6.3.3).
 * @returns the field
 */
export function addInvisibleField(
  document: PdfDocument,
  increment: PdfIncrement,
  form: InteractiveForm,
  signature: PdfReference,
): PdfReference {
  const field = increment.allocate();
  const page = anchorPage(document, increment, findFirstPage(document));
  increment.set(
    field,
    PdfDictionary.of({
      Type: new PdfName('Annot'),
      Subtype: new PdfName('Widget'),
      FT: new PdfName('Sig'),
      T: textString(freeName(form)),
      V: signature,
      Rect: [0, 0, 0, 0],
      F: PRINT_AND_LOCKED,
      P: page,
      AP: PdfDictionary.of({ N: addEmptyAppearance(increment, [0, 0, 0, 0]) }),
    }),
  );
  addAnnotation(document, increment, form, { page, annotation: field });
  return field;
}

/** A form XObject that draws nothing (8.10). */
export function addEmptyAppearance(increment: PdfIncrement, boundingBox: readonly number[]): PdfReference {
  const appearance = increment.allocate();
  const dictionary = PdfDictionary.of({
    Type: new PdfName('XObject'),
    Subtype: new PdfName('Form'),
    BBox: boundingBox,
    Resources: new PdfDictionary(),
  });
  increment.setStream(appearance, dictionary, new Uint8Array(0));
  return appearance;
}

/** `Signature1`, or the next number that no field has. Names of fields above others count too: `Signature1.x`. */
function freeName({ fields }: InteractiveForm): string {
  const taken = new Set(fields.map(({ fullName }) => fullName.split('.')[0]));
  let number = 1;
  while (taken.has(`Signature${number}`)) number++;
  return `Signature${number}`;
}

function addAnnotation(
  document: PdfDocument,
  increment: PdfIncrement,
  form: InteractiveForm,
  { page: pageReference, annotation }: { readonly page: PdfReference; readonly annotation: PdfReference },
): void {
  const page = increment.dictionary(pageReference) ?? new PdfDictionary();
  const place = page.get('Annots');
  const annotations = document.resolve(place);
  const updated = [...(isPdfArray(annotations) ? annotations : []), annotation];
  const tabs = needsTabs(document, form, page) ? { Tabs: new PdfName('S') } : undefined;
  if (place instanceof PdfReference && isPdfArray(annotations)) {
    increment.set(place, updated);
    if (tabs) increment.set(pageReference, page.with(tabs));
  } else {
    increment.set(pageReference, page.with({ ...tabs, Annots: updated }));
  }
}

/**
 * ISO 14289-1 7.18.3: a page with annotations of a tagged document names the order of its structure. Once a document is
 * signed it is too late: that change of the page is none that validators take for signing.
 */
function needsTabs(document: PdfDocument, { fields }: InteractiveForm, page: PdfDictionary): boolean {
  return isTagged(document) && !page.has('Tabs') && !fields.some(isSignature);
}

function isTagged(document: PdfDocument): boolean {
  return document.dictionary(document.catalog.get('StructTreeRoot')) !== undefined;
}
