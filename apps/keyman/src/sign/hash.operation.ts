import type { SignatureRequest, SignatureScheme, SignedDigest } from '@cinnabar/custody';
import { CodedError, MD5_SHA1_LENGTH } from '@cinnabar/core';
import { signHash, type RequestOf } from '@cinnabar/keyman-api';
import { Injectable } from '@nestjs/common';
import { noteCaller } from '../cert/certificate-note.ts';
import type { StoredCertificate } from '../cert/held-certificate.ts';
import { HeldCertificates } from '../cert/held-certificates.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { Signers } from './signers.ts';
import { SigningService } from './signing.service.ts';

type HashRequest = RequestOf<typeof signHash>;

/** Signs a digest: RSASSA-PKCS1-v1_5 over its DigestInfo, RSASSA-PSS where asked for, DER ECDSA for EC keys. */
@Injectable()
@Handles(signHash)
export class SignHash implements Operation<typeof signHash> {
  constructor(
    private readonly certificates: HeldCertificates,
    private readonly signers: Signers,
    private readonly signing: SigningService,
  ) {}

  async execute({ cert, hash, caller }: HashRequest, context: OperationContext) {
    noteCaller(context.note, caller);
    context.note.actiondata = hash.algorithm;
    const signer = await this.signers.of(context, cert, signHash.name);
    const { certificate } = signer;
    const data = await this.signing.sign(context, signer, digestFor(certificate, hash));
    context.note.data = `${hash.algorithm} ${certificate.name}`;
    return { data };
  }

  async executeFromMemory({ cert, hash, caller }: HashRequest, context: OperationContext) {
    const { certid, pin, otp } = cert;
    const certificate = this.certificates.remembered(context, certid, signHash.name);
    if (certificate === undefined || pin === undefined || otp !== undefined) return undefined;
    noteCaller(context.note, caller);
    context.note.actiondata = hash.algorithm;
    context.note.data = `${hash.algorithm} ${certificate.name}`;
    const data = await this.signing.signUnlocked(context, certificate, pin, digestFor(certificate, hash));
    return data === undefined ? undefined : { data };
  }
}

function digestFor(
  certificate: StoredCertificate,
  hash: HashRequest['hash'],
): Omit<SignatureRequest, 'publicKeySpkiDer'> {
  return { scheme: schemeFor(certificate, hash), digestAlgorithm: digestOf(hash), digest: hash.digest };
}

function schemeFor({ keyType }: StoredCertificate, { scheme }: HashRequest['hash']): SignatureScheme {
  if (keyType === 'RSA') return scheme ?? 'pkcs1';
  if (scheme !== undefined)
    throw new CodedError('invalid-parameter', `hash.scheme: ${scheme} does not fit the certificate's EC key`);
  return 'ecdsa';
}

/** Clients of TLS 1.0 name either half of the 36 bytes, which are signed without a DigestInfo. */
function digestOf({ algorithm, digest }: HashRequest['hash']): SignedDigest {
  return digest.length === MD5_SHA1_LENGTH && (algorithm === 'MD5' || algorithm === 'SHA1') ? 'MD5+SHA1' : algorithm;
}
