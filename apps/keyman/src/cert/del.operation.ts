import { certDel, type RequestOf } from '@cinnabar/keyman-api';
import { Injectable } from '@nestjs/common';
import { KeyChanges } from '../key-store/key-changes.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { noteCertid, noteCertificate } from './certificate-note.ts';
import { CertificateEntity } from './certificate.entity.ts';
import { CertificateRepository, noSuchCertificate } from './certificate.repository.ts';

/**
 * Deletes a certificate with its key, by its owner or an admin of its organisation: the sealed key, every slot and every
 * code. Once that is answered no node releases a signature of it, also none that was made before. The audit keeps its records.
 */
@Injectable()
@Handles(certDel)
export class CertDel implements Operation<typeof certDel> {
  constructor(
    private readonly certificates: CertificateRepository,
    private readonly changes: KeyChanges,
  ) {}

  async execute({ cert }: RequestOf<typeof certDel>, context: OperationContext) {
    noteCertid(context.note, cert.certid);
    const { certificate } = await this.certificates.governedBy(context.caller, cert.certid);
    noteCertificate(context.note, certificate);
    const { certid, name, subject } = certificate;
    context.note.data = subject === null ? name : `${name}: ${subject}`;
    await context.change(async (manager) => {
      // Slots and codes go with their certificate (ON DELETE CASCADE).
      const { affected } = await manager.delete(CertificateEntity, { certid });
      if (affected !== 1) throw noSuchCertificate();
      await this.changes.announce(manager, certid);
    });
    await this.changes.evictHere(certid);
    return { result: true };
  }
}
