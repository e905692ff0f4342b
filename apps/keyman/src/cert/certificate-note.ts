import type { CallerObject } from '@cinnabar/keyman-api';
import type { AuditNote } from '../pipeline/audit-note.ts';

interface AuditedCertificate {
  readonly certid: string;
  readonly userid: string;
  readonly orgaid: string;
  readonly serial: string;
  readonly fingerprintSha1: string;
}

/** Tells the audit which certificate an operation is about. */
export function noteCertificate(note: AuditNote, certificate: AuditedCertificate): void {
  note.certid = certificate.certid;
  note.userid = certificate.userid;
  note.orgaid = certificate.orgaid;
  note.serial = certificate.serial;
  note.certsha1sum = certificate.fingerprintSha1;
}

/** Tells the audit what the client says of itself. */
export function noteCaller(note: AuditNote, caller: CallerObject): void {
  if (caller?.app !== undefined) note.app = caller.app;
  if (caller?.host !== undefined) note.host = caller.host;
  if (caller?.location !== undefined) note.location = caller.location;
  if (caller?.remoteuser !== undefined) note.info = `remoteuser='${caller.remoteuser}'`;
}
