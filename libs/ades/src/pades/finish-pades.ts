import { createHash } from 'node:crypto';
import { CodedError, DIGESTS, equalInConstantTime } from '@cinnabar/core';
import { assembleSignedData } from '@cinnabar/cms';
import { AppendedByteSource, type ByteSource, digestByteRange, fillContents } from '@cinnabar/pdf';
import { parseCertificate, verifyDigest } from '@cinnabar/x509';
import { fromBase64, type PadesState } from './pades-state.ts';

/** A signed document: the original, byte for byte, and what stands behind it. */
export interface PadesOutput {
  /** Append it to the original. A copy of the file and these few thousand bytes are enough for a large document. */
  readonly incrementBytes: Uint8Array;
  /** Length of the signed document in bytes. */
  readonly signedLength: number;
  /** The signature itself: ContentInfo in DER. */
  readonly signedDataDer: Uint8Array;
}

/**
 * Second half of a PAdES signature: checks the signature value against the certificate, and the document against what
 * was prepared, and puts both together.
 *
 * A value that the certificate's key did not make, another document or another layout of the state are
 * `invalid-parameter`.
 * @param source the document that was given to `preparePades`
 * @param signatureValue over the prepared `toBeSigned`. RSA: as long as the modulus; ECDSA: DER ECDSA-Sig-Value
 */
export async function finishPades(
  source: ByteSource,
  state: PadesState,
  signatureValue: Uint8Array,
): Promise<PadesOutput> {
  requireKnownState(state);
  await requireSameDocument(source, state, fromBase64(state.incrementBase64));
  return assemblePades(state, signatureValue);
}

/**
 * The same without a look at the document, for who kept it since it was prepared where nobody else can write: it need
 * not be read again.
 */
export function assemblePades(state: PadesState, signatureValue: Uint8Array): PadesOutput {
  requireKnownState(state);
  const incrementBytes = fromBase64(state.incrementBase64);
  const signedAttributesDer = fromBase64(state.signedAttributesBase64);
  const { digestAlgorithm, signatureScheme } = state;
  const signerCertificateDer = fromBase64(state.signerCertificateBase64);
  const isMade = verifyDigest(parseCertificate(signerCertificateDer, 'certificate'), {
    scheme: signatureScheme,
    digestAlgorithm,
    digest: createHash(DIGESTS[digestAlgorithm].nodeName).update(signedAttributesDer).digest(),
    signatureValue,
  });
  if (!isMade) throw new CodedError('invalid-parameter', "signature: not made with the certificate's key");
  const signedDataDer = assembleSignedData({
    signedAttributesDer,
    digestAlgorithm,
    signatureValue,
    signatureScheme,
    signerCertificateDer,
    chainDer: state.chainBase64.map(fromBase64),
  });
  fillContents(incrementBytes, state.contentsAt, state.capacity, signedDataDer);
  return { incrementBytes, signedLength: state.originalLength + incrementBytes.length, signedDataDer };
}

/** The state may have been stored and come from another version. */
function requireKnownState({ format }: PadesState): void {
  if ((format as string) !== 'pades-1') throw new CodedError('invalid-parameter', 'state: of another version');
}

async function requireSameDocument(source: ByteSource, state: PadesState, incrementBytes: Uint8Array): Promise<void> {
  if (source.length === state.originalLength) {
    const document = new AppendedByteSource(source, incrementBytes);
    const digest = await digestByteRange(document, state.byteRange, state.digestAlgorithm);
    if (equalInConstantTime(digest, fromBase64(state.contentDigestBase64))) return;
  }
  throw new CodedError('invalid-parameter', 'document: not the one that was prepared');
}
