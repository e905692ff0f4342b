import type { KeyCustody, SignatureRequest, SlotTicket } from '@cinnabar/custody';
import { Inject, Injectable } from '@nestjs/common';
import type { RememberedCertificate, StoredCertificate } from '../cert/held-certificate.ts';
import { PinUse } from '../cert/pin-use.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { KEY_CUSTODY } from '../ports.ts';
import type { CodeConsent, PinConsent, Signer } from './signers.ts';

/** What is signed, but for the key that it will be verified with. */
type DigestToSign = Omit<SignatureRequest, 'publicKeySpkiDer'>;

/** Signs in custody, and binds the release of the answer to what it was made under. */
@Injectable()
export class SigningService {
  constructor(
    private readonly pins: PinUse,
    @Inject(KEY_CUSTODY) private readonly custody: KeyCustody,
  ) {}

  /**
   * Signs a digest and binds the answer's release to the versions it was made under. Where a PIN and a code were sent the
   * PIN is looked at first, so that a wrong one costs no use of the code.
   *
   * @param approved the digest that a code must be for, where that is another than the signed one: the document's
   * @throws CodedError `wrong-pin`, `pin-locked`, `hsm-not-available`, `invalid-parameter`, `not-supported`,
   * `too-many-requests`; with a code also `refused-in-state` and `not-authorised`
   */
  async sign(
    context: OperationContext,
    { certificate, byPin, byCode }: Signer,
    digest: DigestToSign,
    approved?: Uint8Array,
  ): Promise<Uint8Array> {
    const request = { ...digest, publicKeySpkiDer: certificate.publicKeySpkiDer };
    if (byPin === undefined && byCode === undefined) throw new TypeError('nothing shows that the key may be used');
    if (byCode === undefined) return this.signWithPin(context, byPin as PinConsent, request);
    if (byPin !== undefined) await this.checkPin(context, byPin);
    return this.signWithCode(context, certificate, byCode, request, approved);
  }

  private async signWithPin(
    context: OperationContext,
    { certificate, pin }: PinConsent,
    request: SignatureRequest,
  ): Promise<Uint8Array> {
    const signatureValue = await this.pins.of(certificate, () => this.custody.sign(certificate.ticket, pin, request));
    guard(context, certificate, certificate.ticket);
    return signatureValue;
  }

  private async checkPin(context: OperationContext, { certificate, pin }: PinConsent): Promise<void> {
    await this.pins.of(certificate, () => this.custody.opens(certificate.ticket, pin));
    guard(context, certificate, certificate.ticket);
  }

  private async signWithCode(
    context: OperationContext,
    certificate: StoredCertificate,
    { ticket, otp, caller }: CodeConsent,
    request: SignatureRequest,
    approved: Uint8Array | undefined,
  ): Promise<Uint8Array> {
    const signatureValue = await this.custody.signWithCode(ticket, otp, caller, request, approved);
    guard(context, certificate, ticket);
    return signatureValue;
  }

  /**
   * Signs if the key is unlocked by this very PIN already; undefined: it is not, and nothing was counted or changed.
   * The answer leaves only if certificate and slot still are as they were remembered.
   *
   * @throws CodedError as {@link sign}
   */
  async signUnlocked(
    context: OperationContext,
    { ticket, publicKeySpkiDer, guard }: RememberedCertificate,
    pin: string,
    digest: DigestToSign,
  ): Promise<Uint8Array | undefined> {
    context.guardSignature(guard);
    return await this.custody.signUnlocked(ticket, pin, { ...digest, publicKeySpkiDer });
  }
}

function guard(context: OperationContext, { certid, version }: StoredCertificate, ticket: SlotTicket): void {
  context.guardSignature({
    certid,
    certificateVersion: version,
    slotId: ticket.slotId,
    slotVersion: ticket.slotVersion,
  });
}
