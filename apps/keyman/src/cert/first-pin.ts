import { CodedError, type Clock } from '@cinnabar/core';
import type { KeyCustody, KeySlot } from '@cinnabar/custody';
import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { KeyChanges } from '../key-store/key-changes.ts';
import { toKeySlotEntity } from '../key-store/key-records.ts';
import { KeySlotEntity } from '../key-store/key-slot.entity.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { CLOCK, KEY_CUSTODY } from '../ports.ts';
import { readActivationCode } from './activation-code.ts';
import type { ActivationSlot } from './activation-slots.ts';
import { HeldCertificates } from './held-certificates.ts';
import { PinPolicy } from './pin-policy.ts';
import { PinUse } from './pin-use.ts';

/** The owner of a new key chooses its PIN with the activation code that was mailed to him, which is worth nothing from then on. */
@Injectable()
export class FirstPin {
  constructor(
    private readonly certificates: HeldCertificates,
    private readonly policy: PinPolicy,
    private readonly pins: PinUse,
    private readonly changes: KeyChanges,
    @Inject(KEY_CUSTODY) private readonly custody: KeyCustody,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws CodedError `invalid-parameter` (cert.newpin), `wrong-pin`, `pin-locked`, `refused-in-state` (the code has ended) */
  async choose(
    context: OperationContext,
    { ticket, validToAt }: ActivationSlot,
    typedCode: string,
    newpin: string,
  ): Promise<void> {
    const { certid } = ticket;
    const { holder, ...certificate } = await this.certificates.found(context, certid);
    await this.policy.check(certificate.orgaid, 'cert.newpin', newpin);
    if (this.clock.now().getTime() >= validToAt.getTime())
      throw new CodedError('refused-in-state', 'the activation code has ended, and the key with it; have another made');
    const slot = await this.pins.of({ ...certificate, holder, ticket }, () =>
      this.custody.addSlot(ticket, readActivationCode(typedCode), { kind: 'pin', holder, secret: newpin }),
    );
    context.note.data = 'first PIN, by activation code';
    await context.change(async (manager) => {
      await takePlaceOf(manager, ticket.slotId, slot);
      await this.changes.announce(manager, certid);
    });
    await this.changes.evictHere(certid);
  }
}

/** Of two first PINs at once one is stored. */
async function takePlaceOf(manager: EntityManager, activationSlotId: string, slot: KeySlot): Promise<void> {
  const { affected } = await manager.delete(KeySlotEntity, { slotId: activationSlotId, kind: 'activation' });
  if (affected !== 1) throw new CodedError('refused-in-state', 'the certificate was changed meanwhile');
  await manager.insert(KeySlotEntity, toKeySlotEntity(slot));
}
