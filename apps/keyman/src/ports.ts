/** Injection tokens of what the composition root provides. */
export const CLOCK = Symbol('Clock');
/** Every operation that this server serves (OperationDeclaration[]). */
export const CONTRACT = Symbol('contract');
export const SETTINGS = Symbol('KeymanSettings');
export const KEY_CUSTODY = Symbol('KeyCustody');
export const MAIL_FOLDER = Symbol('mail folder');
export const PFX_READER = Symbol('PfxReader');
export const PREPARED_QUERIES = Symbol('PreparedQueries');
export const AUDIT_TRAIL = Symbol('AuditTrail');
export const AUDIT_READER = Symbol('AuditReader');
export const UPLOAD_FOLDER = Symbol('upload folder');
