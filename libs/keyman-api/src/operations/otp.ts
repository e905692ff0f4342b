import { z } from 'zod';
import { CALLER_EXAMPLE, DIGEST_EXAMPLE } from '../examples/objects.ts';
import { answeredMoment, certId, digest, integer, secret, text } from '../members.ts';
import { callerObject } from '../objects/caller.ts';
import { operation } from '../operation.ts';
import { gather } from '../request-shapes.ts';
import { PIN_ERRORS } from './pin-errors.ts';

/** Signatures, and digests, that one code may be asked for. */
const COUNT_MAX = 1_000;

export const otpRequest = operation('Otp/Request', {
  summary: 'Mails the owner of a certificate a one-time code, which then serves as cert.otp in place of his PIN.',
  access: 'user',
  adapt: gather('cert', ['certid', 'pin']),
  request: z.object({
    cert: z.object({ certid: certId().optional(), pin: secret().optional() }).prefault({}),
    /** In place of cert.certid: whose certificate it is. */
    user: z.object({ ident: text(128).optional(), email: text(254).optional() }).optional(),
    /** Signatures that the code is to be good for; 0 and absent: one. */
    count: integer(0, COUNT_MAX).optional(),
    /** The very digests that may be signed with it: for documents, their SHA-256. Absent: any. */
    digests: z.array(digest()).min(1, 'is empty').max(COUNT_MAX, `names more than ${COUNT_MAX}`).optional(),
    caller: callerObject,
  }),
  response: z.object({
    result: z.boolean(),
    /** UTC, no zone. */
    expires: answeredMoment(),
    /** Where the code went, masked. */
    destination: z.string(),
  }),
  errors: [...PIN_ERRORS, 'insufficient-parameters', 'refused-in-state'],
  example: {
    request: { cert: { certid: '8A05B4C5CC92' }, count: 1, digests: [DIGEST_EXAMPLE], caller: CALLER_EXAMPLE },
    response: { result: true, expires: '2018-02-02T11:37:03', destination: 'm***@example.test' },
  },
});
