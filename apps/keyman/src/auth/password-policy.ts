import { CodedError } from '@cinnabar/core';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../ports.ts';
import type { KeymanSettings } from '../settings/index.ts';

/** What a new password must be. */
@Injectable()
export class PasswordPolicy {
  constructor(@Inject(SETTINGS) private readonly settings: KeymanSettings) {}

  /** @throws CodedError `invalid-parameter`, naming the member */
  check(member: string, password: string): void {
    const least = this.settings.passwordMinLength;
    if (password.length < least)
      throw new CodedError('invalid-parameter', `${member}: is shorter than ${least} characters`);
  }
}
