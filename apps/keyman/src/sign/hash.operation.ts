import type { SignatureScheme, SignedDigest } from '@cinnabar/custody';
import { CodedError } from '@cinnabar/core';
import { signHash, type RequestOf } from '@cinnabar/keyman-api';
import { Injectable } from '@nestjs/common';
import { noteCaller } from '../cert/certificate-note.ts';
import type { StoredCertificate } from '../cert/held-certificate.ts';
import type { OperationContext } from '../pipeline/operation-context.ts';
import { Handles, type Operation } from '../pipeline/operation.ts';
import { Signers } from './signers.ts';
import { SigningService } from './signing.service.ts';

type HashRequest = RequestOf<typeof signHash>;

/** An MD5 digest followed by a SHA-1 digest, as TLS 1.0 signs them: raw PKCS#1 without a DigestInfo. */
const MD5_SHA1_LENGTH = 36;

/** Signs a digest: RSASSA-PKCS1-v1_5 over its DigestInfo, RSASSA-PSS where asked for, DER ECDSA for EC keys. */
@Injectable()
@Handles(signHash)
export class SignHash implements Operation<typeof signHash> {
  constructor(
    private readonly signers: Signers,
    private readonly signing: SigningService,
  ) {}

  async execute({ cert, hash, caller }: HashRequest, context: OperationContext) {
    noteCaller(context.note, caller);
    context.note.actiondata = hash.algorithm;
    const signer = await this.signers.of(context, cert, signHash.name);
    const { certificate } = signer;
    const data = await this.signing.sign(context, signer, {
      scheme: schemeFor(certificate, hash),
      digestAlgorithm: digestOf(hash),
      digest: hash.digest,
    });
    context.note.data = `${hash.algorithm} ${certificate.name}`;
    return { data };
  }
}

function schemeFor({ keyType }: StoredCertificate, { scheme }: HashRequest['hash']): SignatureScheme {
  if (keyType === 'RSA') return scheme ?? 'pkcs1';
  if (scheme !== undefined)
    throw new CodedError('invalid-parameter', `hash.scheme: ${scheme} does not fit the certificate's EC key`);
  return 'ecdsa';
}

/** Clients of TLS 1.0 name either half of the 36 bytes. */
function digestOf({ algorithm, digest }: HashRequest['hash']): SignedDigest {
  return digest.length === MD5_SHA1_LENGTH && (algorithm === 'MD5' || algorithm === 'SHA1') ? 'MD5+SHA1' : algorithm;
}
