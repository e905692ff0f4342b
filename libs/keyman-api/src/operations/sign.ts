import { z } from 'zod';
import { CALLER_EXAMPLE, DIGEST_EXAMPLE } from '../examples/objects.ts';
import { answeredBytes, bytes, digestAlgorithm, word } from '../members.ts';
import { callerObject } from '../objects/caller.ts';
import { signingCert } from '../objects/signing-cert.ts';
import { operation } from '../operation.ts';
import { PIN_ERRORS } from './pin-errors.ts';

export const signHash = operation('Sign/Hash', {
  summary: 'Signs a digest with a certificate’s key.',
  access: 'user',
  request: z.object({
    cert: signingCert(),
    hash: z
      .object({
        algorithm: digestAlgorithm(),
        digest: bytes(),
        scheme: word(['pkcs1', 'pss']).optional(),
      })
      .prefault({} as never),
    caller: callerObject,
  }),
  response: z.object({ data: answeredBytes() }),
  errors: [...PIN_ERRORS, 'refused-in-state', 'not-supported'],
  example: {
    request: {
      cert: { certid: '100000000001', pin: 'PinAcceso' },
      hash: { algorithm: 'SHA256', digest: DIGEST_EXAMPLE },
      caller: CALLER_EXAMPLE,
    },
    response: { data: 'IdzQHKgw0J+IT2/XO3VY7s760s8rVkj5YvgQ3N1AOP7O' },
  },
});
