import { createHash } from 'node:crypto';
import type { PadesParameters } from '@cinnabar/ades';
import { DIGESTS, type Clock, type DigestAlgorithm } from '@cinnabar/core';
import { signaturePades } from '@cinnabar/keyman-api';
import { Inject, Injectable } from '@nestjs/common';
import { noteCaller } from '../cert/certificate-note.ts';
import { CertificateRepository } from '../cert/certificate.repository.ts';
import type { HeldCertificate } from '../cert/held-certificate.ts';
import { HeldCertificates } from '../cert/held-certificates.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { CLOCK, SETTINGS } from '../ports.ts';
import type { KeymanSettings } from '../settings/index.ts';
import { SigningService } from '../sign/signing.service.ts';
import { PadesSigner } from './pades-signer.ts';
import { digestAlgorithmOf, requireSupported, type PadesRequest } from './pades-request.ts';

/** Signs a PDF document (PAdES): `basic` is adbe.pkcs7.detached, `enhanced` is ETSI.CAdES.detached at level B-B. */
@Injectable()
@Handles(signaturePades)
export class SignaturePades implements Operation<typeof signaturePades> {
  constructor(
    private readonly held: HeldCertificates,
    private readonly certificates: CertificateRepository,
    private readonly signing: SigningService,
    private readonly signer: PadesSigner,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: KeymanSettings,
  ) {}

  async execute(request: PadesRequest, context: OperationContext) {
    const { cert, caller, profile, document } = request;
    noteCaller(context.note, caller);
    context.note.actiondata = profile;
    requireSupported(request);
    const digestAlgorithm = digestAlgorithmOf(request, this.settings.defaultHash);
    const certificate = await this.held.heldBy(context, cert.certid);
    this.held.requireUsable(certificate);
    context.note.data = `${digestAlgorithm} ${certificate.name}`;
    const parameters = await this.parametersFor(request, certificate, digestAlgorithm);
    const signed = await this.signer.sign(document, parameters, (toBeSigned) => {
      const digest = createHash(DIGESTS[digestAlgorithm].nodeName).update(toBeSigned).digest();
      return this.signing.sign(context, certificate, cert.pin, {
        scheme: parameters.signatureScheme,
        digestAlgorithm,
        digest,
      });
    });
    context.onRelease(() => signed.discard());
    return { data: signed.data };
  }

  private async parametersFor(
    { profile, parameters }: PadesRequest,
    certificate: HeldCertificate,
    digestAlgorithm: DigestAlgorithm,
  ): Promise<PadesParameters> {
    const { certificateDer, chainDer } = await this.certificates.chainOf(certificate.certid);
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
