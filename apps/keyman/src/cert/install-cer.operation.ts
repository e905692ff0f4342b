import { CodedError, type Clock } from '@cinnabar/core';
import { certInstallCer, type RequestOf } from '@cinnabar/keyman-api';
import type { Certificate } from '@cinnabar/x509';
import { Inject, Injectable } from '@nestjs/common';
import { uniqueViolationOf } from '../database/unique-violation.ts';
import { KeyChanges } from '../key-store/key-changes.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { CLOCK } from '../ports.ts';
import { certificateColumns } from './certificate-columns.ts';
import { noteCertid, noteCertificate } from './certificate-note.ts';
import { toCertObject } from './certificate-object.ts';
import { CertificateEntity } from './certificate.entity.ts';
import { CertificateRepository } from './certificate.repository.ts';
import { readIssuedCertificate, requireKeyOf } from './issued-certificate.ts';

/**
 * Gives a key its certificate, or another one in the place of an older one (a renewal over the same key), by its owner
 * or an admin of its organisation. What was signed under the older one and has not left is not released any more.
 */
@Injectable()
@Handles(certInstallCer)
export class CertInstallCer implements Operation<typeof certInstallCer> {
  constructor(
    private readonly certificates: CertificateRepository,
    private readonly changes: KeyChanges,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ cert, cer, chain }: RequestOf<typeof certInstallCer>, context: OperationContext) {
    noteCertid(context.note, cert.certid);
    const { certificate: stored } = await this.certificates.governedBy(context.caller, cert.certid);
    noteCertificate(context.note, stored);
    const { certificate, issuers } = readIssuedCertificate(cer, chain);
    requireKeyOf(certificate, await this.certificates.publicKeyOf(stored.certid));
    if (certificate.validToAt.getTime() < this.clock.now().getTime())
      throw new CodedError('invalid-parameter', 'cer: has expired');
    requireNewer(certificate, stored);
    const chainDer = issuers.map((issuer) => issuer.certificateDer);
    const change = { ...certificateColumns(certificate, chainDer), version: stored.version + 1 };
    const { certid, version } = stored;
    const changed = Object.assign(stored, change);
    noteCertificate(context.note, changed);
    context.note.data = certificate.subject.text;
    try {
      await context.change(async (manager) => {
        // In the place of exactly the version that was looked at: of two changes at once one is refused.
        const { affected } = await manager.update(CertificateEntity, { certid, version }, change);
        if (affected !== 1) throw new CodedError('refused-in-state', 'the certificate was changed meanwhile');
        await this.changes.announce(manager, certid);
      });
    } catch (error) {
      throw uniqueViolationOf(error);
    }
    await this.changes.evictHere(certid);
    return { cert: toCertObject(changed, this.clock.now()) };
  }
}

/**
 * One that was issued later takes the place of an older one, never the other way round; and a revoked one is not got rid of.
 *
 * @throws CodedError `already-exists`, `refused-in-state`
 */
function requireNewer({ fingerprintSha1, validFromAt }: Certificate, stored: CertificateEntity): void {
  if (fingerprintSha1 === stored.fingerprintSha1)
    throw new CodedError('already-exists', 'this certificate is installed already');
  if (stored.revoked === true)
    throw new CodedError('refused-in-state', 'the certificate over this key has been revoked; make a new key');
  if (stored.validFrom !== null && validFromAt.getTime() < stored.validFrom.getTime())
    throw new CodedError('refused-in-state', 'the certificate that is installed was issued later than this one');
}
