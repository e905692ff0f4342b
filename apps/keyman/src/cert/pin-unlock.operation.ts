import { CodedError } from '@cinnabar/core';
import { certPinUnlock, type RequestOf } from '@cinnabar/keyman-api';
import { Injectable } from '@nestjs/common';
import { resetTries } from '../key-store/tries-reset.ts';
import { OrganisationScope } from '../orga/organisation-scope.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { noteCertid, noteCertificate } from './certificate-note.ts';
import { CertificateRepository } from './certificate.repository.ts';

/** Gives back the tries of a certificate's PINs, by an admin of its organisation: the PINs stay what they are, and nobody learns them. */
@Injectable()
@Handles(certPinUnlock)
export class CertPinUnlock implements Operation<typeof certPinUnlock> {
  constructor(
    private readonly certificates: CertificateRepository,
    private readonly scope: OrganisationScope,
  ) {}

  async execute({ cert }: RequestOf<typeof certPinUnlock>, context: OperationContext) {
    noteCertid(context.note, cert.certid);
    const certificate = await this.certificates.visibleTo(context.caller, cert.certid);
    noteCertificate(context.note, certificate);
    // An admin sees his own certificate wherever it belongs; his office ends at his organisation.
    if (!(await this.scope.administeredBy(context.caller)).includes(certificate.orgaid))
      throw new CodedError('not-authorised', 'only an admin of the certificate’s organisation unlocks its PIN');
    await context.change((manager) => resetTries(manager, certificate.certid));
    return { result: true };
  }
}
