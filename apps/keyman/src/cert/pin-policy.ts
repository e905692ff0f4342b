import { CodedError } from '@cinnabar/core';
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../ports.ts';
import type { KeymanSettings } from '../settings/index.ts';

/** What a new PIN must be. */
@Injectable()
export class PinPolicy {
  constructor(@Inject(SETTINGS) private readonly settings: KeymanSettings) {}

  /** Import without a PIN: the file's password becomes it (contract, "Operations"), if it is good enough for one. */
  choose(newpin: string | undefined, pfxpass: string): string {
    if (newpin !== undefined) {
      this.check('cert.newpin', newpin);
      return newpin;
    }
    this.check('pfxpass', pfxpass, ', and it becomes the PIN: send another one as cert.newpin');
    return pfxpass;
  }

  /** @throws CodedError `invalid-parameter`, naming the member and never the PIN */
  check(member: string, pin: string, remark = ''): void {
    const least = this.settings.pinMinLength;
    if (pin.length < least)
      throw new CodedError('invalid-parameter', `${member}: a PIN has at least ${least} characters${remark}`);
  }
}
