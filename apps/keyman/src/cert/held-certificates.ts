import { CodedError, type Clock } from '@cinnabar/core';
import { Inject, Injectable } from '@nestjs/common';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { CLOCK } from '../ports.ts';
import { noteCertid, noteCertificate } from './certificate-note.ts';
import { CertificateRepository, noSuchCertificate } from './certificate.repository.ts';
import type { HeldCertificate, StoredCertificate } from './held-certificate.ts';
import { HeldCertificateRepository } from './held-certificate.repository.ts';

/** Finds certificates for the use of their keys, and says whether they may be used now. */
@Injectable()
export class HeldCertificates {
  constructor(
    private readonly held: HeldCertificateRepository,
    private readonly certificates: CertificateRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * The certificate, for someone who holds a slot of its key: the owner or a delegate, never an admin as such.
   *
   * @param operation what he wants to sign with it, by the contract's name; undefined: to look after his own PIN
   * @throws CodedError `not-found` (also: not visible to the caller), `not-authorised`, `refused-in-state` for an owner
   * who has not chosen a PIN yet
   */
  async heldBy(context: OperationContext, certid: string, operation?: string): Promise<HeldCertificate> {
    noteCertid(context.note, certid);
    const { caller } = context;
    const certificate = await this.held.find(certid, caller.userid, operation);
    if (certificate === undefined) throw noSuchCertificate();
    if (certificate.ticket === undefined && !(await this.certificates.maySee(caller, certificate)))
      throw noSuchCertificate();
    noteCertificate(context.note, certificate);
    const { ticket } = certificate;
    if (ticket === undefined) throw withoutSlot(certificate);
    if (!certificate.covered) throw new CodedError('not-authorised', `the delegation is not for ${operation}`);
    return { ...certificate, ticket };
  }

  /** The certificate, for someone of whom it was decided already that it is his to use. @throws CodedError `not-found` */
  async found(context: OperationContext, certid: string, operation?: string): Promise<StoredCertificate> {
    const certificate = await this.held.find(certid, context.caller.userid, operation);
    if (certificate === undefined) throw noSuchCertificate();
    noteCertificate(context.note, certificate);
    return certificate;
  }

  /** @throws CodedError `certificate-not-usable` with the reason */
  requireUsable(certificate: StoredCertificate): void {
    this.requireUsableKey(certificate);
    const { validFromAt, validToAt } = certificate;
    if (validFromAt === null || validToAt === null) throw notUsable('the key has no certificate yet');
    const now = this.clock.now().getTime();
    if (validFromAt.getTime() > now) throw notUsable('the certificate is not yet valid');
    if (validToAt.getTime() < now) throw notUsable('the certificate has expired');
  }

  /**
   * For what a key may do without a valid certificate, such as asking for one.
   *
   * @throws CodedError `certificate-not-usable` with the reason
   */
  requireUsableKey({ disabled, revoked }: StoredCertificate): void {
    if (disabled) throw notUsable('the certificate is disabled');
    if (revoked === true) throw notUsable('the certificate has been revoked');
  }
}

function notUsable(reason: string): CodedError {
  return new CodedError('certificate-not-usable', reason);
}

function withoutSlot({ userid, holder }: StoredCertificate): CodedError {
  return userid === holder
    ? new CodedError(
        'refused-in-state',
        'the key has no PIN yet; choose one by Cert/PinSet with the activation code that was mailed to you',
      )
    : new CodedError('not-authorised', 'only the owner of a certificate uses its key');
}
