/**
 * What an encrypted document allows (ISO 32000-1 table 22). Whoever opened it with the owner's password may do
 * everything; the bits bind the user.
 */
export interface DocumentPermissions {
  /** Fill in form fields that are there, signature fields included (bit 9; bit 6 says so too). */
  readonly mayFillForms: boolean;
  /** Create form fields, signature fields included (bit 6 together with bit 4). */
  readonly mayCreateFields: boolean;
}

export const EVERYTHING_ALLOWED: DocumentPermissions = { mayFillForms: true, mayCreateFields: true };

const MODIFY = 1 << 3;
const ANNOTATE_AND_FILL = 1 << 5;
const FILL = 1 << 8;

/** @param revision of the security handler: revision 2 knows bits 3 to 6 only, and sets the others */
export function permissionsOf(bits: number, revision: number): DocumentPermissions {
  const has = (bit: number): boolean => (bits & bit) !== 0;
  return {
    mayFillForms: has(ANNOTATE_AND_FILL) || (revision >= 3 && has(FILL)),
    mayCreateFields: has(ANNOTATE_AND_FILL) && has(MODIFY),
  };
}
