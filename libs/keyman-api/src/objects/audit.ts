import { z } from 'zod';
import { answeredLong, answeredMoment } from '../members.ts';

const nullableText = z.string().nullable();

/** The Audit object as answered (manual, 11.4, and `impersonator` of its samples). */
export const auditObject = z.object({
  auditid: answeredLong(),
  date: answeredMoment(),
  ip: nullableText,
  host: nullableText,
  certid: nullableText,
  certsha1sum: nullableText,
  serial: nullableText,
  certidorig: nullableText,
  orgaid: nullableText,
  category: z.string(),
  action: z.string(),
  actiondata: nullableText,
  success: z.boolean(),
  app: nullableText,
  oper: nullableText,
  userid: nullableText,
  impersonator: nullableText,
  location: nullableText,
  module: nullableText,
  modver: nullableText,
  data: nullableText,
  info: nullableText,
});
export type AuditObject = z.output<typeof auditObject>;
