export { AUDIT_TABLES, AuditTicket, AuditTrail, type AuditTrailOptions, type SealedRecord } from './audit-trail.ts';
export type { AuditFilter, AuditQuery, AuditVisibility } from './read/audit-query.ts';
export { type AuditPage, AuditReader, type AuditRecord } from './read/audit-reader.ts';
export type { AuditDraft } from './record/audit-draft.ts';
export type { GuardCheck, KeyGuard } from './seal/key-guard.ts';
export type { SealVerdict } from './seal/seal-item.ts';
export type { SealerSettings } from './seal/sealer.ts';
export type { AuditProblem, AuditProblemKind, AuditVerdict } from './verify/audit-problem.ts';
export { verifyAudit, type VerifyOptions } from './verify/verify-audit.ts';
