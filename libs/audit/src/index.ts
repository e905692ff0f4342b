export { AUDIT_TABLES, AuditTicket, AuditTrail, type AuditTrailOptions, type SealedRecord } from './audit-trail.ts';
export { Checkpointing, type CheckpointingOptions } from './checkpoint/checkpointing.ts';
export { type CheckpointSigner, publicKeyPem, readPublicKeyLine } from './checkpoint/checkpoint-signer.ts';
export { exportAudit, type ExportExtent, type ExportOptions } from './export/export-audit.ts';
export type { ExportRange } from './export/export-lines.ts';
export {
  type ExportedChain,
  type ExportFileOptions,
  type ExportVerdict,
  type ProvedExport,
  verifyExport,
} from './export/verify-export.ts';
export type { AuditFilter, AuditQuery, AuditVisibility } from './read/audit-query.ts';
export { type AuditPage, AuditReader, type AuditRecord } from './read/audit-reader.ts';
export type { AuditDraft } from './record/audit-draft.ts';
export type { Examined, RetirementObstacle } from './retire/examine-chain.ts';
export { Retirement, type RetirementOptions } from './retire/retirement.ts';
export type { ChainLimits } from './seal/chain-succession.ts';
export type { GuardCheck, GuardedRows, Guards, KeyGuard, SessionGuard } from './seal/key-guard.ts';
export type { SealVerdict } from './seal/seal-item.ts';
export type { SealerSettings } from './seal/sealer.ts';
export { CheckpointFile } from './ship/checkpoint-file.ts';
export type { CheckpointSink } from './ship/checkpoint-sink.ts';
export { openSyslog, readSyslogAddress, type SyslogAddress } from './ship/syslog.ts';
export type { AuditProblem, AuditProblemKind, AuditVerdict } from './verify/audit-problem.ts';
export { verifyAudit, type VerifyOptions } from './verify/verify-audit.ts';
export { type CheckpointFileOptions, type CheckpointVerdict, verifyCheckpoints } from './verify/verify-checkpoints.ts';
