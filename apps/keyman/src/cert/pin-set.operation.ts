import type { KeyCustody } from '@cinnabar/custody';
import { certPinSet, type RequestOf } from '@cinnabar/keyman-api';
import { Inject, Injectable } from '@nestjs/common';
import { KeyChanges } from '../key-store/key-changes.ts';
import { replaceSlot } from '../key-store/slot-replacement.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { KEY_CUSTODY } from '../ports.ts';
import { ActivationSlots } from './activation-slots.ts';
import { FirstPin } from './first-pin.ts';
import { HeldCertificates } from './held-certificates.ts';
import { PinPolicy } from './pin-policy.ts';
import { PinUse } from './pin-use.ts';

/**
 * Gives a key a new PIN, by the owner who knows the current one: a wrong one counts as an attempt (K0009), the last one
 * locks (K0010). Where he has none yet it is his first, and the activation code stands for the current one. From the commit on the old PIN opens nothing, on any node, and no signature made with it is released.
 */
@Injectable()
@Handles(certPinSet)
export class CertPinSet implements Operation<typeof certPinSet> {
  constructor(
    private readonly certificates: HeldCertificates,
    private readonly policy: PinPolicy,
    private readonly pins: PinUse,
    private readonly changes: KeyChanges,
    private readonly activations: ActivationSlots,
    private readonly firstPin: FirstPin,
    @Inject(KEY_CUSTODY) private readonly custody: KeyCustody,
  ) {}

  async execute({ cert }: RequestOf<typeof certPinSet>, context: OperationContext) {
    const activation = await this.activations.find(cert.certid, context.caller.userid);
    if (activation !== undefined) {
      await this.firstPin.choose(context, activation, cert.pin, cert.newpin);
      return { result: true };
    }
    const certificate = await this.certificates.heldBy(context, cert.certid);
    const { certid, orgaid, ticket } = certificate;
    // Before the current PIN is looked at: a new one that will not do costs no try.
    await this.policy.check(orgaid, 'cert.newpin', cert.newpin);
    const slot = await this.pins.of(certificate, () => this.custody.changePin(ticket, cert.pin, cert.newpin));
    await context.change(async (manager) => {
      await replaceSlot(manager, slot);
      await this.changes.announce(manager, certid);
    });
    await this.changes.evictHere(certid);
    return { result: true };
  }
}
