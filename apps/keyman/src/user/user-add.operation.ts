import { randomBytes } from 'node:crypto';
import { CodedError, type Clock } from '@cinnabar/core';
import { userAdd, type RequestOf } from '@cinnabar/keyman-api';
import { Inject, Injectable } from '@nestjs/common';
import { PasswordPolicy } from '../auth/password-policy.ts';
import { PasswordHasher } from '../auth/password-hasher.ts';
import { OrganisationScope } from '../orga/organisation-scope.ts';
import type { Caller } from '../pipeline/caller.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { CLOCK } from '../ports.ts';
import { UserNotice } from './user-notice.ts';
import { toUserObject } from './user-object.ts';
import { UserEntity } from './user.entity.ts';
import { uniqueViolationOf } from '../database/unique-violation.ts';

type NewUser = RequestOf<typeof userAdd>['user'];

/** Creates a user in an organisation that the caller administers, and tells him by e-mail unless that is turned off. */
@Injectable()
@Handles(userAdd)
export class UserAdd implements Operation<typeof userAdd> {
  constructor(
    private readonly scope: OrganisationScope,
    private readonly passwords: PasswordHasher,
    private readonly policy: PasswordPolicy,
    private readonly notice: UserNotice,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ user: wanted, disablenotify = false }: RequestOf<typeof userAdd>, context: OperationContext) {
    context.note.userid = wanted.userid;
    const orgaid = await this.organisationFor(context.caller, wanted);
    context.note.orgaid = orgaid;
    if (disablenotify && wanted.pass === undefined) throw new CodedError('insufficient-parameters', 'user.pass');
    if (wanted.pass !== undefined) this.policy.check('user.pass', wanted.pass);
    const password = wanted.pass ?? randomBytes(12).toString('base64url');
    const user = this.newUser(wanted, orgaid, await this.passwords.hash(password));
    const letter = disablenotify
      ? undefined
      : await this.notice.aboutCreation(user, wanted.email, wanted.pass === undefined ? password : undefined);
    try {
      await context.change((manager) => manager.insert(UserEntity, user));
    } catch (error) {
      await letter?.discard();
      throw uniqueViolationOf(error);
    }
    await letter?.send();
    return { user: toUserObject(user) };
  }

  /** An organisation that the caller does not administer does not exist for him; privileges are given from above. */
  private async organisationFor(caller: Caller, wanted: NewUser): Promise<string> {
    const administered = await this.scope.administeredBy(caller);
    const orgaid = wanted.orgaid ?? caller.orgaid;
    const found = administered.find((each) => each.toLowerCase() === orgaid.toLowerCase());
    if (found === undefined) throw new CodedError('not-found', 'there is no such organisation');
    if (wanted.admin === true && !caller.superadmin)
      throw new CodedError('not-authorised', 'only a superadmin makes admins');
    if (wanted.superadmin === true && (!caller.superadmin || found === caller.orgaid)) {
      throw new CodedError('not-authorised', 'a superadmin is made by a superadmin of an organisation above');
    }
    return found;
  }

  private newUser(wanted: NewUser, orgaid: string, passwordHash: string): UserEntity {
    return Object.assign(new UserEntity(), {
      userid: wanted.userid,
      orgaid,
      extid: wanted.extid ?? null,
      email: wanted.email,
      name: wanted.name ?? null,
      lastname: wanted.lastname ?? null,
      phone: wanted.phone ?? null,
      ident: wanted.ident ?? null,
      lang: wanted.lang ?? null,
      disabled: wanted.disabled ?? false,
      valid: true,
      admin: wanted.admin ?? false,
      superadmin: wanted.superadmin ?? false,
      auditor: false,
      authprovider: 'db',
      passwordHash,
      createdAt: this.clock.now(),
      lastLoginAt: null,
      previousLoginAt: null,
      lastIp: null,
    });
  }
}
