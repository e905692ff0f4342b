import { CodedError, type Clock } from '@cinnabar/core';
import { userSet, type RequestOf } from '@cinnabar/keyman-api';
import { Inject, Injectable } from '@nestjs/common';
import { IsNull, type EntityManager } from 'typeorm';
import { PasswordHasher } from '../auth/password-hasher.ts';
import { PasswordPolicy } from '../auth/password-policy.ts';
import { SessionRepository } from '../auth/session.repository.ts';
import { uniqueViolationOf } from '../database/unique-violation.ts';
import { suspendCodes } from '../key-store/code-suspension.ts';
import { KeyChanges } from '../key-store/key-changes.ts';
import { stopKeysOf } from '../key-store/owner-disabling.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { CLOCK } from '../ports.ts';
import { requireMayChange, userChangeOf, type UserChange } from './user-change.ts';
import { UserNotice } from './user-notice.ts';
import { toUserObject } from './user-object.ts';
import { UserEntity } from './user.entity.ts';
import { UserRepository } from './user.repository.ts';

/**
 * Changes a user: one's own data, or as an admin somebody else's. A new password ends the user's other sessions, a
 * disabling all of them; a new e-mail, phone or identifier suspends his codes until he confirms with his PIN, and he is
 * told at the address that he had before.
 */
@Injectable()
@Handles(userSet)
export class UserSet implements Operation<typeof userSet> {
  constructor(
    private readonly users: UserRepository,
    private readonly policy: PasswordPolicy,
    private readonly passwords: PasswordHasher,
    private readonly sessions: SessionRepository,
    private readonly notice: UserNotice,
    private readonly keys: KeyChanges,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ user: wanted }: RequestOf<typeof userSet>, context: OperationContext) {
    const { caller, note } = context;
    const user = await this.users.oneVisibleTo(caller, wanted.userid);
    Object.assign(note, { userid: user.userid, orgaid: user.orgaid });
    const change = userChangeOf(user, wanted);
    if (change.members.length > 0) note.actiondata = change.members.join(', ');
    requireMayChange(caller, user, change);
    if (change.pass !== undefined) this.policy.check('user.pass', change.pass);
    const passwordHash = change.pass === undefined ? undefined : await this.passwords.hash(change.pass);
    const now = this.clock.now();
    const letter = await this.notice.aboutChange(user, change, caller.userid, now);
    let stopped: readonly string[] = [];
    try {
      await context.change(async (manager) => {
        await update(manager, user, change, passwordHash);
        if (change.suspendsCodes) await suspendCodes(manager, user.userid, now);
        if (change.columns.disabled === true) stopped = await stopKeysOf(manager, user.userid, this.keys);
        await this.endSessions(manager, user, change, context);
      });
    } catch (error) {
      await letter?.discard();
      throw uniqueViolationOf(error);
    }
    for (const certid of stopped) await this.keys.evictHere(certid);
    await letter?.send();
    return { user: toUserObject(Object.assign(new UserEntity(), user, change.columns)) };
  }

  /** Whoever changes his own password goes on with the session that he did it in. */
  private async endSessions(
    manager: EntityManager,
    { userid }: UserEntity,
    { pass, columns }: UserChange,
    { caller }: OperationContext,
  ): Promise<void> {
    if (pass === undefined && columns.disabled !== true) return;
    await this.sessions.endAllOf(manager, userid, userid === caller.userid ? caller.session.tokenHash : undefined);
  }
}

/** In the place of exactly what was judged: of two changes at once one is refused, so that none goes by the letter to the old address. */
async function update(
  manager: EntityManager,
  { userid, email, phone, ident, admin, superadmin }: UserEntity,
  { columns }: UserChange,
  passwordHash: string | undefined,
): Promise<void> {
  const judged = {
    userid,
    email: email ?? IsNull(),
    phone: phone ?? IsNull(),
    ident: ident ?? IsNull(),
    admin,
    superadmin,
  };
  const changed = { ...columns, ...(passwordHash === undefined ? {} : { passwordHash }) };
  if (Object.keys(changed).length === 0) return;
  const { affected } = await manager.update(UserEntity, judged, changed);
  if (affected !== 1) throw new CodedError('refused-in-state', 'the user was changed meanwhile');
}
