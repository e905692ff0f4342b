import { z } from 'zod';
import { USER_EXAMPLE } from '../examples/objects.ts';
import { secret, text, word } from '../members.ts';
import { userObject } from '../objects/user.ts';
import { operation } from '../operation.ts';

export const authLogin = operation('Auth/Login', {
  summary: 'Opens a session and answers its token.',
  access: 'anyone',
  request: z.object({
    module: text(128),
    modkey: secret(256).optional(),
    modver: text(64).optional(),
    authmethod: word(['pass', 'win', 'federated']),
    login: text(254).optional(),
    pass: secret(8192).optional(),
    orgaid: text(128).optional(),
    origin: text(256).optional(),
    deviceinfo: text(1024).optional(),
  }),
  response: z.object({ token: z.string(), user: userObject }),
  errors: ['not-authenticated', 'not-supported'],
  example: {
    request: { module: 'testapi', authmethod: 'pass', login: 'testuser', pass: 'clave-del-ejemplo' },
    response: { token: 'KV2BxG3kj5YvgQ3N1AOP7Oj7BNSUQot/T087Z+RdReo=', user: USER_EXAMPLE },
  },
});

export const authLogout = operation('Auth/Logout', {
  summary: "Ends the caller's session; its token is refused from then on.",
  access: 'user',
  request: z.object({}),
  response: z.object({ result: z.boolean() }),
  example: { request: {}, response: { result: true } },
});
