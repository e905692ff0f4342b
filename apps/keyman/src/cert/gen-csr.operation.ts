import { createHash } from 'node:crypto';
import { CodedError, DIGESTS } from '@cinnabar/core';
import { certGenCsr, type RequestOf } from '@cinnabar/keyman-api';
import { finishCertificationRequest, prepareCertificationRequest } from '@cinnabar/x509';
import { Injectable } from '@nestjs/common';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { SigningService } from '../sign/signing.service.ts';
import { HeldCertificates } from './held-certificates.ts';

/**
 * Makes a certificate request (PKCS #10) for a key, signed by it. The key needs no certificate yet, nor a valid one:
 * this is also how another one over the same key is asked for. A wrong PIN counts as an attempt.
 */
@Injectable()
@Handles(certGenCsr)
export class CertGenCsr implements Operation<typeof certGenCsr> {
  constructor(
    private readonly certificates: HeldCertificates,
    private readonly signing: SigningService,
  ) {}

  async execute({ cert, subject }: RequestOf<typeof certGenCsr>, context: OperationContext) {
    const certificate = await this.certificates.heldBy(context, cert.certid);
    if (certificate.userid !== certificate.holder)
      throw new CodedError('not-authorised', 'only the owner of a key asks for its certificate');
    this.certificates.requireUsableKey(certificate);
    // Before the PIN is looked at: a subject that will not do costs no try.
    const request = prepareCertificationRequest(subject, certificate.publicKeySpkiDer);
    const { toBeSigned, scheme, digestAlgorithm } = request;
    context.note.actiondata = digestAlgorithm;
    context.note.data = subject;
    const digest = createHash(DIGESTS[digestAlgorithm].nodeName).update(toBeSigned).digest();
    const signer = { certificate, byPin: { certificate, pin: cert.pin }, byCode: undefined };
    const signatureValue = await this.signing.sign(context, signer, { scheme, digestAlgorithm, digest });
    return { csr: finishCertificationRequest(request, signatureValue) };
  }
}
