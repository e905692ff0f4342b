import { z } from 'zod';
import { answeredMoment } from '../members.ts';

const nullableText = z.string().nullable();

/** The User object as answered (manual, 11.1). `pass` and `validation` are always null. */
export const userObject = z.object({
  userid: z.string(),
  extid: nullableText,
  orgaid: z.string(),
  email: nullableText,
  name: nullableText,
  lastname: nullableText,
  lastip: nullableText,
  ident: nullableText,
  disabled: z.boolean(),
  createdate: answeredMoment(),
  lastlogin: answeredMoment().nullable(),
  previouslogin: answeredMoment().nullable(),
  authprovider: z.string(),
  admin: z.boolean(),
  superadmin: z.boolean(),
  pass: z.null(),
  validation: z.null(),
  lang: nullableText,
  valid: z.boolean(),
  phone: nullableText,
});
export type UserObject = z.output<typeof userObject>;
