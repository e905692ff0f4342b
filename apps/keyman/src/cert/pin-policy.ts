import { CodedError } from '@cinnabar/core';
import { Inject, Injectable } from '@nestjs/common';
import { OrganisationPolicies } from '../orga/organisation-policies.ts';
import { SETTINGS } from '../ports.ts';
import type { KeymanSettings } from '../settings/index.ts';
import { shortcomingOf, type PinRules } from './pin-rules.ts';

/** What a new PIN must be: what the organisation asks, and never less than the server does. */
@Injectable()
export class PinPolicy {
  constructor(
    private readonly policies: OrganisationPolicies,
    @Inject(SETTINGS) private readonly settings: KeymanSettings,
  ) {}

  /** Import without a PIN: the file's password becomes it (contract, "Operations"), if it is good enough for one. */
  async choose(orgaid: string, newpin: string | undefined, pfxpass: string): Promise<string> {
    if (newpin !== undefined) {
      await this.check(orgaid, 'cert.newpin', newpin);
      return newpin;
    }
    await this.check(orgaid, 'pfxpass', pfxpass, ', and it becomes the PIN: send another one as cert.newpin');
    return pfxpass;
  }

  /**
   * @param orgaid the owner's organisation
   * @throws CodedError `invalid-parameter`, naming the member and never the PIN
   */
  async check(orgaid: string, member: string, pin: string, remark = ''): Promise<void> {
    const shortcoming = shortcomingOf(pin, await this.rulesOf(orgaid));
    if (shortcoming !== undefined)
      throw new CodedError('invalid-parameter', `${member}: a PIN ${shortcoming}${remark}`);
  }

  private async rulesOf(orgaid: string): Promise<PinRules> {
    const { pin } = await this.policies.of(orgaid);
    return {
      minLength: Math.max(this.settings.pinMinLength, pin.minLength),
      letters: pin.letters,
      digits: pin.digits,
      symbols: pin.symbols,
      distinct: pin.distinct,
    };
  }
}
