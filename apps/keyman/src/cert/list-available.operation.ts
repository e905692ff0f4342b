import type { Clock } from '@cinnabar/core';
import { certListAvailable, type RequestOf } from '@cinnabar/keyman-api';
import { Inject, Injectable } from '@nestjs/common';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { CLOCK } from '../ports.ts';
import { noteCaller } from './certificate-note.ts';
import { toCertObject } from './certificate-object.ts';
import { CertificateRepository } from './certificate.repository.ts';

/** Lists the certificates that can be used now. */
@Injectable()
@Handles(certListAvailable)
export class CertListAvailable implements Operation<typeof certListAvailable> {
  constructor(
    private readonly certificates: CertificateRepository,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ caller, cert: filter }: RequestOf<typeof certListAvailable>, context: OperationContext) {
    noteCaller(context.note, caller);
    if (filter.userid !== undefined) context.note.userid = filter.userid;
    const found = await this.certificates.availableTo(context.caller, filter);
    const now = this.clock.now();
    return { certlist: found.map((certificate) => toCertObject(certificate, now)) };
  }
}
