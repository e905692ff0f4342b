import { Injectable } from '@nestjs/common';
import { Outbox } from '../mail/outbox.ts';
import type { UserEntity } from './user.entity.ts';

/** Tells people what happened to their account. */
@Injectable()
export class UserNotice {
  constructor(private readonly outbox: Outbox) {}

  /** @param generatedPassword the first password, where the server made it; the only place where it is ever told */
  async created(user: UserEntity, generatedPassword: string | undefined): Promise<void> {
    if (user.email === null) return;
    const lines = [
      `A signing account was made for you in the organisation ${user.orgaid}.`,
      '',
      `User: ${user.userid}`,
      ...(generatedPassword === undefined
        ? []
        : [`First password: ${generatedPassword}`, '', 'Change it when you first log in.']),
    ];
    await this.outbox.send({ to: user.email, subject: 'Your signing account', text: lines.join('\n') });
  }
}
