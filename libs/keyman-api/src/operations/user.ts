import { z } from 'zod';
import { USER_EXAMPLE } from '../examples/objects.ts';
import { email, flag, orgaId, secret, text, userId } from '../members.ts';
import { userObject } from '../objects/user.ts';
import { operation } from '../operation.ts';

export const userAdd = operation('User/Add', {
  summary: 'Creates a user and tells him by e-mail.',
  access: 'admin',
  request: z.object({
    user: z
      .object({
        userid: userId(),
        email: email(),
        pass: secret(256).optional(),
        name: text(128).optional(),
        lastname: text(128).optional(),
        phone: text(64).optional(),
        ident: text(128).optional(),
        extid: text(128).optional(),
        orgaid: orgaId().optional(),
        lang: text(16).optional(),
        disabled: flag().optional(),
        admin: flag().optional(),
        superadmin: flag().optional(),
      })
      .prefault({} as never),
    disablenotify: flag().optional(),
  }),
  response: z.object({ user: userObject }),
  errors: ['already-exists', 'not-found'],
  example: {
    request: {
      user: {
        userid: 'miuser',
        pass: 'clave-del-ejemplo',
        email: 'miuser@example.test',
        name: 'Nombre',
        lastname: 'Apellidos',
        phone: '600600600',
        ident: '12345678Z',
        disabled: false,
      },
      disablenotify: false,
    },
    response: { user: { ...USER_EXAMPLE, lastip: null, lastlogin: null, previouslogin: null } },
  },
});

export const userGet = operation('User/Get', {
  summary: 'Answers one user: the caller where no filter is given.',
  access: 'user',
  request: z.object({
    user: z
      .object({
        userid: text(128).optional(),
        email: text(254).optional(),
        name: text(128).optional(),
        lastname: text(128).optional(),
        ident: text(128).optional(),
      })
      .prefault({}),
  }),
  response: z.object({ user: userObject }),
  errors: ['not-found'],
  example: { request: { user: { userid: 'miuser' } }, response: { user: USER_EXAMPLE } },
});
