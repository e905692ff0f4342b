import { z } from 'zod';
import { USER_EXAMPLE } from '../examples/objects.ts';
import { email, flag, orgaId, secret, text, userId } from '../members.ts';
import { userObject } from '../objects/user.ts';
import { operation } from '../operation.ts';
import { onWire } from '../shape/wire-form.ts';

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

/** `""` clears a text (contract, "REST"). What has no empty value is left alone by it: forms send it for what was not filled in. */
const unlessEmpty = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional());
const clearable = (max: number) => text(max).optional();

export const userSet = operation('User/Set', {
  summary: 'Changes one’s own data, or as an admin those of a user of the organisation.',
  access: 'user',
  emptyClears: true,
  request: z.object({
    user: z
      .object({
        userid: z.preprocess((value) => (value === '' ? undefined : value), text(128)),
        lang: clearable(16),
        email: onWire({ scalar: 'string' }, z.union([z.literal(''), email()])).optional(),
        pass: unlessEmpty(secret(256)),
        name: clearable(128),
        lastname: clearable(128),
        ident: clearable(128),
        phone: clearable(64),
        disabled: unlessEmpty(flag()),
        admin: unlessEmpty(flag()),
        superadmin: unlessEmpty(flag()),
      })
      .prefault({} as never),
  }),
  response: z.object({ user: userObject }),
  errors: ['not-authorised', 'not-found', 'already-exists', 'refused-in-state'],
  example: {
    request: {
      user: {
        userid: 'miuser',
        email: 'miuser@example.test',
        name: 'Nombre',
        lastname: 'Apellidos',
        ident: '12345678Z',
        disabled: false,
        pass: 'clave-del-ejemplo',
        lang: 'es',
        phone: '600600600',
      },
    },
    response: { user: USER_EXAMPLE },
  },
});
