import { z } from 'zod';
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
});
