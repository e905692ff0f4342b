import { toDateText, type UserObject } from '@cinnabar/keyman-api';
import type { UserEntity } from './user.entity.ts';

/** A user as answered; password and validation code are never among it. */
export function toUserObject(user: UserEntity): UserObject {
  return {
    userid: user.userid,
    extid: user.extid,
    orgaid: user.orgaid,
    email: user.email,
    name: user.name,
    lastname: user.lastname,
    lastip: user.lastIp,
    ident: user.ident,
    disabled: user.disabled,
    createdate: toDateText(user.createdAt),
    lastlogin: user.lastLoginAt === null ? null : toDateText(user.lastLoginAt),
    previouslogin: user.previousLoginAt === null ? null : toDateText(user.previousLoginAt),
    authprovider: user.authprovider,
    admin: user.admin,
    superadmin: user.superadmin,
    pass: null,
    validation: null,
    lang: user.lang,
    valid: user.valid,
    phone: user.phone,
  };
}
