import type { KeyCustody } from '@cinnabar/custody';
import { certPinCheck, type RequestOf } from '@cinnabar/keyman-api';
import { Inject, Injectable } from '@nestjs/common';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { KEY_CUSTODY } from '../ports.ts';
import { HeldCertificates } from './held-certificates.ts';
import { PinUse } from './pin-use.ts';

/** Tells whether a PIN opens a certificate's key. A wrong PIN counts as an attempt (K0009), the last one locks (K0010). */
@Injectable()
@Handles(certPinCheck)
export class CertPinCheck implements Operation<typeof certPinCheck> {
  constructor(
    private readonly certificates: HeldCertificates,
    private readonly pins: PinUse,
    @Inject(KEY_CUSTODY) private readonly custody: KeyCustody,
  ) {}

  async execute({ cert }: RequestOf<typeof certPinCheck>, context: OperationContext) {
    const certificate = await this.certificates.heldBy(context, cert.certid);
    await this.pins.of(certificate, () => this.custody.opens(certificate.ticket, cert.pin));
    return { result: true };
  }
}
