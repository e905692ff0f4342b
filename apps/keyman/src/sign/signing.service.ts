import type { KeyCustody, SignatureRequest } from '@cinnabar/custody';
import { Inject, Injectable } from '@nestjs/common';
import type { HeldCertificate } from '../cert/held-certificate.ts';
import { PinUse } from '../cert/pin-use.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { KEY_CUSTODY } from '../ports.ts';

/** Signs in custody, and binds the release of the answer to what it was made under. */
@Injectable()
export class SigningService {
  constructor(
    private readonly pins: PinUse,
    @Inject(KEY_CUSTODY) private readonly custody: KeyCustody,
  ) {}

  /**
   * Signs a digest and binds the answer's release to the versions it was made under.
   *
   * @throws CodedError `wrong-pin`, `pin-locked`, `hsm-not-available`, `invalid-parameter`, `not-supported`, `too-many-requests`
   */
  async sign(
    context: OperationContext,
    certificate: HeldCertificate,
    pin: string,
    digest: Omit<SignatureRequest, 'publicKeySpkiDer'>,
  ): Promise<Uint8Array> {
    const { certid, version, ticket, publicKeySpkiDer } = certificate;
    const signatureValue = await this.pins.of(certificate, () =>
      this.custody.sign(ticket, pin, { ...digest, publicKeySpkiDer }),
    );
    context.guardSignature({
      certid,
      certificateVersion: version,
      slotId: ticket.slotId,
      slotVersion: ticket.slotVersion,
    });
    return signatureValue;
  }
}
