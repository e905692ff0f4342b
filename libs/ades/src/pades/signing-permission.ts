import { CodedError } from '@cinnabar/core';
import type { PdfDictionary, PdfDocument } from '@cinnabar/pdf';
import { isLocked, nameOf, readFieldLock } from './field-lock.ts';
import { type InteractiveForm, isSignature } from './form.ts';

/** DocMDP /P: no change is permitted (ISO 32000-1 table 254). 2, the default, and 3 permit signing. */
const NO_CHANGES = 1;

/**
 * Refuses (`refused-in-state`) what the document's author or an earlier signer does not allow.
 * @param fieldName the existing field that is to be signed; undefined for a new one
 */
export function requireSigningAllowed(
  document: PdfDocument,
  form: InteractiveForm,
  fieldName: string | undefined,
): void {
  requirePermission(document, form, fieldName);
  requireNoCertification(document, form);
  requireUnlocked(document, form, fieldName);
}

/**
 * ISO 32000-1 table 22. Bits 6 and 4 together allow new fields. Bit 6 or bit 9 alone allow filling in signature fields
 * that are there: where the author has provided an empty one, that one has to be named; where there is none, what was
 * allowed can only be done with a field of our own, which is invisible and changes nothing that the author made.
 */
function requirePermission(document: PdfDocument, { fields }: InteractiveForm, fieldName: string | undefined): void {
  const { mayCreateFields, mayFillForms } = document.permissions;
  const provided = fields.some(({ fieldType, isFilled }) => fieldType === 'Sig' && !isFilled);
  if (mayCreateFields || (mayFillForms && (fieldName !== undefined || !provided))) return;
  throw new CodedError(
    'refused-in-state',
    mayFillForms
      ? "the document's permissions allow signing in its own signature fields only (signfieldname), or with the owner's password"
      : "the document's permissions forbid signing without the owner's password",
  );
}

/** A certification that permits no changes (12.8.2.2), or an approval signature that says the same. */
function requireNoCertification(document: PdfDocument, form: InteractiveForm): void {
  const permissions = document.dictionary(document.catalog.get('Perms'));
  const certification = document.dictionary(permissions?.get('DocMDP'));
  const signatures = [certification, ...signaturesOf(document, form)];
  if (signatures.some((signature) => signature && transformsOf(document, signature, 'DocMDP').some(forbidsChanges))) {
    throw new CodedError('refused-in-state', 'an earlier signature of the document permits no changes');
  }
}

const forbidsChanges = (parameters: PdfDictionary): boolean => parameters.get('P') === NO_CHANGES;

/** A field that an earlier signature has locked: signing it would break that signature (12.8.2.4). */
function requireUnlocked(document: PdfDocument, form: InteractiveForm, fieldName: string | undefined): void {
  if (fieldName === undefined) return;
  for (const signature of signaturesOf(document, form)) {
    for (const parameters of transformsOf(document, signature, 'FieldMDP')) {
      const lock = readFieldLock(document, parameters);
      if (lock && isLocked(lock, fieldName)) {
        throw new CodedError('refused-in-state', 'an earlier signature of the document has locked the field');
      }
    }
  }
}

function signaturesOf(document: PdfDocument, { fields }: InteractiveForm): readonly PdfDictionary[] {
  return fields.filter(isSignature).flatMap(({ value }) => document.dictionary(value) ?? []);
}

/** The parameters of a signature's transforms with this method (table 253). */
function transformsOf(
  document: PdfDocument,
  signature: PdfDictionary,
  method: 'DocMDP' | 'FieldMDP',
): readonly PdfDictionary[] {
  return (document.array(signature.get('Reference')) ?? []).flatMap((each) => {
    const reference = document.dictionary(each);
    if (!reference || nameOf(document, reference, 'TransformMethod') !== method) return [];
    return document.dictionary(reference.get('TransformParams')) ?? [];
  });
}
