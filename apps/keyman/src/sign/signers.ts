import { CodedError } from '@cinnabar/core';
import type { SlotTicket } from '@cinnabar/custody';
import type { SigningCert } from '@cinnabar/keyman-api';
import { Injectable } from '@nestjs/common';
import type { HeldCertificate, StoredCertificate } from '../cert/held-certificate.ts';
import { HeldCertificates } from '../cert/held-certificates.ts';
import { CodeAuthority, requireCodes } from '../otp/code-authority.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';

/** A PIN, and the slot of whoever knows it. */
export interface PinConsent {
  readonly certificate: HeldCertificate;
  readonly pin: string;
}

/** A one-time code, and the slot that it was made from. */
export interface CodeConsent {
  readonly ticket: SlotTicket;
  readonly otp: string;
  /** The caller, as codes are bound to him. */
  readonly caller: string;
}

/** Who signs with which certificate, and by what: at least one of the two, and each that was sent must be right. */
export interface Signer {
  readonly certificate: StoredCertificate;
  readonly byPin: PinConsent | undefined;
  readonly byCode: CodeConsent | undefined;
}

/** Finds out whether the caller may sign with a certificate by what he sent: the PIN of his own slot, or a code. */
@Injectable()
export class Signers {
  constructor(
    private readonly certificates: HeldCertificates,
    private readonly codes: CodeAuthority,
  ) {}

  /**
   * @param operation by the contract's name; a delegation may be limited to some
   * @throws CodedError `insufficient-parameters` (cert.pin), `not-found`, `not-authorised`, `refused-in-state`,
   * `certificate-not-usable`
   */
  async of(context: OperationContext, { certid, pin, otp }: SigningCert, operation: string): Promise<Signer> {
    if (pin === undefined && otp === undefined) throw new CodedError('insufficient-parameters', 'cert.pin');
    const byCode = otp === undefined ? undefined : await this.codeConsent(context, certid, otp, operation);
    // Who sends a PIN must have a slot of his own, also beside a code.
    const certificate =
      pin === undefined
        ? await this.certificates.found(context, certid, operation)
        : await this.certificates.heldBy(context, certid, operation);
    this.certificates.requireUsable(certificate);
    const byPin = pin === undefined ? undefined : { certificate: certificate as HeldCertificate, pin };
    return { certificate, byPin, byCode };
  }

  private async codeConsent(
    context: OperationContext,
    certid: string,
    otp: string,
    operation: string,
  ): Promise<CodeConsent> {
    const standing = await this.codes.require(context, certid, operation);
    return { ticket: requireCodes(standing).ticket, otp, caller: context.caller.userid };
  }
}
