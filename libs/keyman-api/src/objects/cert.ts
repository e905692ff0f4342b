import { z } from 'zod';
import { answeredLong, answeredMoment } from '../members.ts';

const nullableText = z.string().nullable();

/** The Cert object as answered (manual, 11.2, and the members that the operations' samples add). `pin` and `newpin` are always null. */
export const certObject = z.object({
  certid: z.string(),
  name: z.string(),
  orgaid: z.string(),
  userid: z.string(),
  descr: nullableText,
  custom1: nullableText,
  custom2: nullableText,
  custom3: nullableText,
  disabled: z.boolean(),
  createdate: answeredMoment(),
  subject: nullableText,
  subjectcn: nullableText,
  issuer: nullableText,
  issuercn: nullableText,
  validfrom: answeredMoment().nullable(),
  validto: answeredMoment().nullable(),
  serial: nullableText,
  signalg: nullableText,
  keysize: z.string(),
  certprovider: z.string(),
  delegated: z.boolean(),
  delegid: answeredLong(),
  oper: nullableText,
  linked: z.boolean().nullable(),
  pin: z.null(),
  newpin: z.null(),
  revoked: z.boolean().nullable(),
  expired: z.boolean().nullable(),
  fingerprintsha1: nullableText,
  sha1sum: nullableText,
  providerdata: z.null(),
  /** Ours: `generated` in the HSM and never outside of one, or `imported`. */
  origin: z.enum(['generated', 'imported']),
  /** Ours: false while a key waits for its certificate (Cert/InstallCER); what a certificate says is null then. */
  installed: z.boolean(),
});
export type CertObject = z.output<typeof certObject>;
