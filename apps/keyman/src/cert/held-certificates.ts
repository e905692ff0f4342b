import { CodedError, type Clock } from '@cinnabar/core';
import { Inject, Injectable } from '@nestjs/common';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { CLOCK } from '../ports.ts';
import { noteCertid, noteCertificate } from './certificate-note.ts';
import { CertificateRepository, noSuchCertificate } from './certificate.repository.ts';
import type { HeldCertificate, RememberedCertificate, StoredCertificate } from './held-certificate.ts';
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

  /** What {@link heldBy} and {@link requireUsable} let pass a moment ago, and the dates still do; undefined: ask them. */
  remembered(context: OperationContext, certid: string, operation: string): RememberedCertificate | undefined {
    const certificate = this.held.remembered(certid, context.caller.userid, operation);
    if (certificate === undefined || this.reasonAgainst(certificate) !== undefined) return undefined;
    noteCertificate(context.note, certificate);
    return certificate;
  }

  /** @throws CodedError `certificate-not-usable` with the reason */
  requireUsable(certificate: StoredCertificate): void {
    const reason = this.reasonAgainst(certificate);
    if (reason !== undefined) throw notUsable(reason);
  }

  /**
   * For what a key may do without a valid certificate, such as asking for one.
   *
   * @throws CodedError `certificate-not-usable` with the reason
   */
  requireUsableKey(certificate: StoredCertificate): void {
    const reason = reasonAgainstKey(certificate);
    if (reason !== undefined) throw notUsable(reason);
  }

  private reasonAgainst(certificate: StoredCertificate): string | undefined {
    const { validFromAt, validToAt } = certificate;
    const againstKey = reasonAgainstKey(certificate);
    if (againstKey !== undefined) return againstKey;
    if (validFromAt === null || validToAt === null) return 'the key has no certificate yet';
    const now = this.clock.now().getTime();
    if (validFromAt.getTime() > now) return 'the certificate is not yet valid';
    return validToAt.getTime() < now ? 'the certificate has expired' : undefined;
  }
}

function reasonAgainstKey({ disabled, ownerDisabled, revoked }: StoredCertificate): string | undefined {
  if (disabled) return 'the certificate is disabled';
  if (ownerDisabled) return 'the owner of the certificate is disabled';
  return revoked === true ? 'the certificate has been revoked' : undefined;
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
