import type { CallerObject } from '@cinnabar/keyman-api';
import type { AuditNote } from '../pipeline/audit-note.ts';

interface AuditedCertificate {
  readonly certid: string;
  readonly userid: string;
  readonly orgaid: string;
  /** null: the key has no certificate yet. */
  readonly serial: string | null;
  readonly fingerprintSha1: string | null;
}

/** Tells the audit which certificate an operation is about. */
export function noteCertificate(note: AuditNote, certificate: AuditedCertificate): void {
  note.certid = certificate.certid;
  note.userid = certificate.userid;
  note.orgaid = certificate.orgaid;
  if (certificate.serial !== null) note.serial = certificate.serial;
  if (certificate.fingerprintSha1 !== null) note.certsha1sum = certificate.fingerprintSha1;
}

/** As the server makes them. */
const CERTID = /^[0-9A-F]{12}$/i;

/** Tells the audit which certificate was asked for. What cannot be a certid is left out: it may be a PIN in the wrong member. */
export function noteCertid(note: AuditNote, certid: string): void {
  if (CERTID.test(certid)) note.certid = certid;
}

/** Tells the audit what the client says of itself. */
export function noteCaller(note: AuditNote, caller: CallerObject): void {
  if (caller?.app !== undefined) note.app = caller.app;
  if (caller?.host !== undefined) note.host = caller.host;
  if (caller?.location !== undefined) note.location = caller.location;
  if (caller?.remoteuser !== undefined) note.info = `remoteuser='${caller.remoteuser}'`;
}
