import { createHash } from 'node:crypto';
import type { PadesParameters } from '@cinnabar/ades';
import { DIGESTS, type Clock, type DigestAlgorithm } from '@cinnabar/core';
import { signaturePades } from '@cinnabar/keyman-api';
import { Inject, Injectable } from '@nestjs/common';
import { noteCaller } from '../cert/certificate-note.ts';
import { CertificateRepository } from '../cert/certificate.repository.ts';
import type { StoredCertificate } from '../cert/held-certificate.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { CLOCK, SETTINGS } from '../ports.ts';
import type { KeymanSettings } from '../settings/index.ts';
import { Signers } from '../sign/signers.ts';
import { SigningService } from '../sign/signing.service.ts';
import { documentDigest } from './document-digest.ts';
import { PadesSigner } from './pades-signer.ts';
import { digestAlgorithmOf, requireSupported, type PadesRequest } from './pades-request.ts';

/** Signs a PDF document (PAdES): `basic` is adbe.pkcs7.detached, `enhanced` is ETSI.CAdES.detached at level B-B. */
@Injectable()
@Handles(signaturePades)
export class SignaturePades implements Operation<typeof signaturePades> {
  constructor(
    private readonly signers: Signers,
    private readonly certificates: CertificateRepository,
    private readonly signing: SigningService,
    private readonly documents: PadesSigner,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: KeymanSettings,
  ) {}

  async execute(request: PadesRequest, context: OperationContext) {
    const { cert, caller, profile, document } = request;
    noteCaller(context.note, caller);
    context.note.actiondata = profile;
    requireSupported(request);
    const digestAlgorithm = digestAlgorithmOf(request, this.settings.defaultHash);
    const signer = await this.signers.of(context, cert, signaturePades.name);
    const { certificate } = signer;
    context.note.data = `${digestAlgorithm} ${certificate.name}`;
    const parameters = await this.parametersFor(request, certificate, digestAlgorithm);
    const approved = signer.byCode === undefined ? undefined : await documentDigest(document);
    const data = await this.documents.sign(document, parameters, (toBeSigned) => {
      const digest = createHash(DIGESTS[digestAlgorithm].nodeName).update(toBeSigned).digest();
      const toSign = { scheme: parameters.signatureScheme, digestAlgorithm, digest };
      return this.signing.sign(context, signer, toSign, approved);
    });
    return { data };
  }

  private async parametersFor(
    { profile, parameters }: PadesRequest,
    certificate: StoredCertificate,
    digestAlgorithm: DigestAlgorithm,
  ): Promise<PadesParameters> {
    const { certificateDer, chainDer } = await this.certificates.chainOf(certificate);
    const { cause, location, contactinfo, pdfparameters } = parameters;
    return {
      profile,
      digestAlgorithm,
      signatureScheme: certificate.keyType === 'RSA' ? 'pkcs1' : 'ecdsa',
      signerCertificateDer: certificateDer,
      chainDer,
      signingTimeAt: this.clock.now(),
      ...(pdfparameters?.pwd === undefined ? {} : { password: pdfparameters.pwd }),
      ...(pdfparameters?.signfieldname === undefined ? {} : { fieldName: pdfparameters.signfieldname }),
      ...(cause === undefined ? {} : { reason: cause }),
      ...(location === undefined ? {} : { location }),
      ...(contactinfo === undefined ? {} : { contactInfo: contactinfo }),
    };
  }
}
