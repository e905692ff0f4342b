import { CodedError } from '@cinnabar/core';
import { Injectable } from '@nestjs/common';
import { KeyChanges } from '../key-store/key-changes.ts';
import type { HeldCertificate } from './held-certificate.ts';
import { HeldCertificateRepository } from './held-certificate.repository.ts';

/** An eviction may come while a key is being unlocked: go on, but not for ever. */
const ATTEMPTS = 3;

/** Everything that asks custody to look at a PIN goes through here: it knows what the other nodes have to do with it. */
@Injectable()
export class PinUse {
  constructor(
    private readonly certificates: HeldCertificateRepository,
    private readonly changes: KeyChanges,
  ) {}

  /**
   * Runs `work`, which offers a PIN to the certificate's slot; what it throws passes through.
   *
   * An eviction also ends an unlock that is under way, and word of a change may arrive after the new state is in use
   * already (the listener's return means everybody). Where nothing that was read has changed since, the eviction meant
   * something older, and `work` runs again; the right PIN's try was given back.
   */
  async of<Result>(certificate: HeldCertificate, work: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        await this.tellOfLock(certificate, error);
        const again = CodedError.is(error, 'refused-in-state') && attempt < ATTEMPTS;
        if (!again || !(await this.stillStands(certificate))) throw error;
      }
    }
  }

  /** A slot that was read as locked already has been announced. */
  private async tellOfLock({ certid, ticket }: HeldCertificate, error: unknown): Promise<void> {
    if (CodedError.is(error, 'pin-locked') && !ticket.locked) await this.changes.locked(certid);
  }

  private async stillStands({ certid, holder, operation, version, ticket }: HeldCertificate): Promise<boolean> {
    const now = await this.certificates.find(certid, holder, operation);
    return (
      now?.ticket !== undefined &&
      now.version === version &&
      now.ticket.slotId === ticket.slotId &&
      now.ticket.slotVersion === ticket.slotVersion &&
      now.ticket.keyVersion === ticket.keyVersion &&
      !now.ticket.locked
    );
  }
}
