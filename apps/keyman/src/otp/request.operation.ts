import { CodedError } from '@cinnabar/core';
import type { CodeRequest, IssuedCode, KeyCustody, SlotTicket } from '@cinnabar/custody';
import { otpRequest, toDateText, type RequestOf } from '@cinnabar/keyman-api';
import { Inject, Injectable } from '@nestjs/common';
import { noteCaller } from '../cert/certificate-note.ts';
import { HeldCertificates } from '../cert/held-certificates.ts';
import { addressOf } from '../mail/addressee.ts';
import { Outbox } from '../mail/outbox.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { KEY_CUSTODY } from '../ports.ts';
import { CodeAuthority, requireCodes } from './code-authority.ts';
import { CodeConfirmation } from './code-confirmation.ts';
import { codeLetter } from './code-letter.ts';
import { CodeQuota } from './code-quota.ts';
import type { CodeSlot, CodeStanding } from './code-standing.ts';
import { maskedAddress } from './masked-address.ts';

type CodeOrder = RequestOf<typeof otpRequest>;

/**
 * Mails a one-time code to the owner of a certificate, for the caller to sign with. With the owner's PIN it first
 * confirms that codes may go to his present address.
 */
@Injectable()
@Handles(otpRequest)
export class OtpRequest implements Operation<typeof otpRequest> {
  constructor(
    private readonly authority: CodeAuthority,
    private readonly certificates: HeldCertificates,
    private readonly confirmation: CodeConfirmation,
    private readonly quota: CodeQuota,
    private readonly outbox: Outbox,
    @Inject(KEY_CUSTODY) private readonly custody: KeyCustody,
  ) {}

  async execute(order: CodeOrder, context: OperationContext) {
    const { pin } = order.cert;
    noteCaller(context.note, order.caller);
    const certid = await this.certidOf(order, context);
    const standing = await this.authority.require(context, certid);
    this.certificates.requireUsable(await this.certificates.found(context, certid));
    const destination = addressOf(standing.owner);
    noteOrder(order, context, destination);
    const slot = pin === undefined ? requireCodes(standing) : await this.confirmation.confirm(context, standing, pin);
    const expiresAt = await this.mail(order, context, standing, slot, destination);
    return { result: true, expires: toDateText(expiresAt), destination: maskedAddress(destination) };
  }

  private async certidOf({ cert, user }: CodeOrder, context: OperationContext): Promise<string> {
    if (user === undefined) {
      if (cert.certid === undefined) throw new CodedError('insufficient-parameters', 'cert.certid');
      return cert.certid;
    }
    if (user.ident === undefined && user.email === undefined)
      throw new CodedError('insufficient-parameters', 'user.ident');
    return this.authority.named(context, user, cert.certid, cert.pin !== undefined);
  }

  /** The code leaves custody for the letter and nothing else. */
  private async mail(
    { cert, count, digests }: CodeOrder,
    context: OperationContext,
    standing: CodeStanding,
    { ticket }: CodeSlot,
    destination: string,
  ): Promise<Date> {
    const { userid, orgaid, session } = context.caller;
    const signatures = signaturesOf(count);
    if (ticket.locked)
      throw new CodedError(
        'pin-locked',
        'too many wrong codes: the owner confirms by Otp/Request with cert.pin, or waits for the next day where they were spread over one',
      );
    await this.quota.take(ticket.certid);
    const { code, expiresAt } = await this.newCode(ticket, {
      destination,
      caller: userid,
      count: signatures,
      ...(digests === undefined ? {} : { digests }),
    });
    const asker = { userid, orgaid, module: session.module };
    const letter = await this.outbox.prepare(
      codeLetter(standing, destination, { code, expiresAt, count: signatures, digests, asker }),
    );
    try {
      // The record is committed before the letter leaves; with a PIN it was, together with the slot.
      if (cert.pin === undefined) await context.change(() => Promise.resolve());
    } catch (error) {
      await letter.discard();
      throw error;
    }
    await letter.send();
    return expiresAt;
  }

  private async newCode(ticket: SlotTicket, request: CodeRequest): Promise<IssuedCode> {
    try {
      return await this.custody.requestCode(ticket, request);
    } catch (error) {
      // Of two confirmations at once the second takes the place of the first one's slot.
      if (!CodedError.is(error, 'not-found')) throw error;
      throw new CodedError('refused-in-state', 'the codes were confirmed anew meanwhile; ask again', { cause: error });
    }
  }
}

/** 0 and nothing mean one. */
function signaturesOf(count: number | undefined): number {
  return count === undefined || count === 0 ? 1 : count;
}

function noteOrder({ cert, count, digests }: CodeOrder, { note }: OperationContext, destination: string): void {
  note.actiondata = String(signaturesOf(count));
  note.data = `${digests === undefined ? 'any digest' : `${digests.length} digests`}, to ${maskedAddress(destination)}`;
  const confirmed = cert.pin === undefined ? [] : ['address for codes confirmed with the PIN'];
  const info = [...(note.info === undefined ? [] : [note.info]), ...confirmed];
  if (info.length > 0) note.info = info.join('; ');
}
