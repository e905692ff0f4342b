import { CodedError, type Clock } from '@cinnabar/core';
import type { FirstSlot, KeyCustody } from '@cinnabar/custody';
import { certRsaGen, type RequestOf } from '@cinnabar/keyman-api';
import { Inject, Injectable } from '@nestjs/common';
import type { PreparedLetter } from '../mail/outbox.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { CLOCK, KEY_CUSTODY } from '../ports.ts';
import { Activation } from './activation.ts';
import { toCertObject } from './certificate-object.ts';
import { CertificateRepository } from './certificate.repository.ts';
import { GenerationPlaces } from './generation-places.ts';
import { KeyIntake } from './key-intake.ts';
import { KeyOwners, type KeyOwner } from './key-owner.ts';
import { keySizeOf } from './key-size.ts';
import { newCertid } from './new-certid.ts';
import { PinPolicy } from './pin-policy.ts';

/** Keys of one owner that may wait for a certificate: each costs the HSM seconds, and is of no use yet. */
const AWAITED_MAX = 20;

interface FirstSecret {
  readonly secret: string;
  readonly slot: FirstSlot;
  readonly letter?: PreparedLetter;
}

/**
 * Has a key made in the HSM, for the caller or, by an admin, for a user of his, who without a PIN is mailed a code to
 * choose one with. It signs nothing but requests (Cert/GenCSR) until its certificate is installed (Cert/InstallCER).
 */
@Injectable()
@Handles(certRsaGen)
export class CertRsaGen implements Operation<typeof certRsaGen> {
  constructor(
    private readonly owners: KeyOwners,
    private readonly pins: PinPolicy,
    private readonly certificates: CertificateRepository,
    private readonly activation: Activation,
    private readonly places: GenerationPlaces,
    private readonly intake: KeyIntake,
    @Inject(KEY_CUSTODY) private readonly custody: KeyCustody,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ cert: wanted }: RequestOf<typeof certRsaGen>, context: OperationContext) {
    context.note.data = wanted.name;
    const owner = await this.owners.for(context.caller, wanted.userid, 'making a key');
    context.note.userid = owner.userid;
    const { specification, bits: keySize } = keySizeOf(wanted.keysize);
    context.note.actiondata = specification;
    if (wanted.newpin !== undefined) await this.pins.check(owner.orgaid, 'cert.newpin', wanted.newpin);
    await this.requireFewAwaited(owner.userid);
    const { letter, stored } = await this.places.run(context.caller.userid, async () => {
      const certid = newCertid();
      const first = await this.firstSecret(owner, { certid, ...wanted }, context.caller.userid);
      try {
        const request = { certid, holder: owner.userid, specification, pin: first.secret, firstSlot: first.slot };
        const generated = await this.custody.generate(request);
        return { ...first, stored: await this.intake.store(context, { owner, keySize, wanted, ...generated }) };
      } catch (error) {
        await first.letter?.discard();
        throw error;
      }
    });
    await letter?.send();
    return { cert: toCertObject(stored, this.clock.now()) };
  }

  /**
   * The PIN that was sent, or a code that is mailed to the owner. For himself a caller names the PIN: a code that comes
   * by mail would only be a detour.
   */
  private async firstSecret(
    owner: KeyOwner,
    { certid, name, newpin }: { readonly certid: string; readonly name: string; readonly newpin?: string | undefined },
    oper: string,
  ): Promise<FirstSecret> {
    if (newpin !== undefined) return { secret: newpin, slot: { kind: 'pin' } };
    if (owner.addressee === undefined) throw new CodedError('insufficient-parameters', 'cert.newpin');
    const { code, firstSlot, letter } = await this.activation.prepare(owner.addressee, { certid, name }, oper);
    return { secret: code, slot: firstSlot, letter };
  }

  private async requireFewAwaited(userid: string): Promise<void> {
    if ((await this.certificates.awaitedBy(userid)) >= AWAITED_MAX)
      throw new CodedError('refused-in-state', `${AWAITED_MAX} keys of this user wait for their certificates already`);
  }
}
