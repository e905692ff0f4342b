import { CodedError, systemRandom, type Clock } from '@cinnabar/core';
import type { FirstSlot } from '@cinnabar/custody';
import { Inject, Injectable } from '@nestjs/common';
import { addressOf, type Addressee } from '../mail/addressee.ts';
import { Outbox, type PreparedLetter } from '../mail/outbox.ts';
import { CLOCK, SETTINGS } from '../ports.ts';
import type { KeymanSettings } from '../settings/index.ts';
import { groupedCode, newActivationCode } from './activation-code.ts';
import { activationLetter } from './activation-letter.ts';

/** A new key's way to its owner: what to seal it for, and the letter that tells him. */
export interface NewActivation {
  /** The secret of the first slot. For custody and the letter alone. */
  readonly code: string;
  readonly firstSlot: FirstSlot;
  /** To be sent once the key is stored, or discarded where it is not. */
  readonly letter: PreparedLetter;
}

/** Keys made for somebody who has not chosen a PIN yet: their first slot is an activation code, mailed to the owner. */
@Injectable()
export class Activation {
  constructor(
    private readonly outbox: Outbox,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: KeymanSettings,
  ) {}

  /**
   * Makes a code and writes its letter, which nobody sees until it is sent.
   *
   * @param oper who has the key made
   * @throws CodedError `refused-in-state` for an owner without an e-mail address, in words that say what to do instead
   */
  async prepare(
    owner: Addressee,
    key: { readonly certid: string; readonly name: string },
    oper: string,
  ): Promise<NewActivation> {
    const to = this.addressFor(owner);
    const code = newActivationCode(systemRandom);
    const validToAt = new Date(this.clock.now().getTime() + this.settings.activationTtlMs);
    const letter = await this.outbox.prepare(
      activationLetter(owner, to, { ...key, oper, code: groupedCode(code), validToAt }),
    );
    return { code, firstSlot: { kind: 'activation', validToAt }, letter };
  }

  private addressFor(owner: Addressee): string {
    try {
      return addressOf(owner);
    } catch (error) {
      const instead =
        'the owner has no e-mail address that an activation code could go to; give one, or send cert.newpin';
      throw new CodedError('refused-in-state', instead, { cause: error });
    }
  }
}
