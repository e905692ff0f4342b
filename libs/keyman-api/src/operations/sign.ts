import { z } from 'zod';
import { answeredBytes, bytes, certId, digestAlgorithm, secret, word } from '../members.ts';
import { callerObject } from '../objects/caller.ts';
import { operation } from '../operation.ts';

export const signHash = operation('Sign/Hash', {
  summary: 'Signs a digest with a certificate’s key.',
  access: 'user',
  request: z.object({
    cert: z.object({ certid: certId(), pin: secret() }).prefault({} as never),
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
});
