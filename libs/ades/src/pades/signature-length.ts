import { CodedError } from '@cinnabar/core';
import { estimateSignedDataLength } from '@cinnabar/cms';
import { parseCertificate } from '@cinnabar/x509';
import type { PadesParameters } from './pades-parameters.ts';

/** Room beyond the estimate, which is an upper bound already: for what nobody thought of. */
const SPARE_BYTES = 256;
/** SEQUENCE and two INTEGERs, each with a long header and a leading zero (RFC 3279 2.2.3). */
const ECDSA_OVERHEAD_BYTES = 4 + 2 * 4;

/** Bytes of DER that are kept free for the signature. */
export function placeholderCapacity({ chainDer, signerCertificateDer }: PadesParameters): number {
  const signatureLength = longestSignature(signerCertificateDer);
  return estimateSignedDataLength({ signerCertificateDer, chainDer, signatureLength }) + SPARE_BYTES;
}

/** The longest signature value that the certificate's key makes, in bytes. */
function longestSignature(signerCertificateDer: Uint8Array): number {
  const { keySizeBits, name } = parseCertificate(signerCertificateDer, 'certificate').publicKeyAlgorithm;
  if (keySizeBits === undefined) throw new CodedError('not-supported', `signatures with a key of type ${name}`);
  const keyBytes = Math.ceil(keySizeBits / 8);
  return name === 'EC' ? 2 * keyBytes + ECDSA_OVERHEAD_BYTES : keyBytes;
}
