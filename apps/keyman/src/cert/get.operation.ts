import type { Clock } from '@cinnabar/core';
import { certGet, type RequestOf } from '@cinnabar/keyman-api';
import { Inject, Injectable } from '@nestjs/common';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { CLOCK } from '../ports.ts';
import { noteCertid, noteCertificate } from './certificate-note.ts';
import { toCertObject } from './certificate-object.ts';
import { CertificateRepository } from './certificate.repository.ts';

/** Answers one certificate of the caller's own or of an organisation that he administers. */
@Injectable()
@Handles(certGet)
export class CertGet implements Operation<typeof certGet> {
  constructor(
    private readonly certificates: CertificateRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ cert }: RequestOf<typeof certGet>, context: OperationContext) {
    noteCertid(context.note, cert.certid);
    const certificate = await this.certificates.visibleTo(context.caller, cert.certid);
    noteCertificate(context.note, certificate);
    return { cert: toCertObject(certificate, this.clock.now()) };
  }
}
