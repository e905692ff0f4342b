import { Injectable } from '@nestjs/common';
import { Outbox, type PreparedLetter } from '../mail/outbox.ts';
import { changeLetter, isTold } from './change-letter.ts';
import { creationLetter } from './creation-letter.ts';
import type { UserChange } from './user-change.ts';
import type { UserEntity } from './user.entity.ts';

/** Tells people what happened to their account. */
@Injectable()
export class UserNotice {
  constructor(private readonly outbox: Outbox) {}

  /**
   * Writes the letter about a new account before the account is there: once it is, nothing can lose its first password.
   *
   * @param generatedPassword the first password, where the server made it; the only place where it is ever told
   */
  async aboutCreation(
    user: Pick<UserEntity, 'userid' | 'orgaid' | 'lang'>,
    to: string,
    generatedPassword: string | undefined,
  ): Promise<PreparedLetter> {
    return this.outbox.prepare(creationLetter(user, to, generatedPassword));
  }

  /** Writes the letter about a change, to the address that stood before it; undefined where there is none, or nothing to tell. */
  async aboutChange(
    user: UserEntity,
    { members, suspendsCodes }: UserChange,
    oper: string,
    changedAt: Date,
  ): Promise<PreparedLetter | undefined> {
    const news = { members, oper, changedAt, codesSuspended: suspendsCodes };
    if (user.email === null || !isTold(news)) return undefined;
    return this.outbox.prepare(changeLetter(user, user.email, news));
  }
}
