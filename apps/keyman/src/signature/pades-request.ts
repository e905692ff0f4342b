import { CodedError, type DigestAlgorithm } from '@cinnabar/core';
import type { RequestOf, signaturePades } from '@cinnabar/keyman-api';

export type PadesRequest = RequestOf<typeof signaturePades>;

/** Words of `extensions` that ask for something; others are ignored (contract, "Operations"). */
const EXTENSIONS: Readonly<Record<string, string>> = {
  t: 'a signature time stamp',
  timestamp: 'a document time stamp',
  epes: 'a signature policy',
  lt: 'long-term data',
  ltv: 'long-term data',
  revinfo: 'revocation data',
  biometry: 'biometric data',
};

/** Refuses what a document signature cannot do (yet), by name: nothing that was asked for is left out in silence. */
export function requireSupported(request: PadesRequest): void {
  const asked = (request.extensions ?? '').split(',').map((word) => word.trim().toLowerCase());
  const extension = asked.find((word) => Object.hasOwn(EXTENSIONS, word));
  if (extension !== undefined) throw notSupported(`the extension ${extension} (${String(EXTENSIONS[extension])})`);
  if (request.operation === 'upgrade' || request.operation === 'append')
    throw notSupported(`the operation ${request.operation}`);
  const { biometry, policy, pdfparameters } = request.parameters;
  if (biometry !== undefined) throw notSupported('parameters.biometry');
  if (policy !== undefined) throw notSupported('parameters.policy');
  if (pdfparameters?.signvisible === true)
    throw notSupported('parameters.pdfparameters.signvisible: a visible signature');
}

function notSupported(what: string): CodedError {
  return new CodedError('not-supported', `not supported: ${what}`);
}

/** Hashes that a document signature may not use, until a setting or a policy allows them (contract, "Hashes"). */
const WEAK: ReadonlySet<DigestAlgorithm> = new Set<DigestAlgorithm>(['MD5', 'SHA1']);

/** @throws CodedError `refused-by-policy` for a weak hash that the caller names */
export function digestAlgorithmOf(request: PadesRequest, defaultAlgorithm: DigestAlgorithm): DigestAlgorithm {
  const named = request.hashalgorithm;
  if (named !== undefined && WEAK.has(named))
    throw new CodedError('refused-by-policy', `${named} is too weak for a document signature; use SHA256`);
  return named ?? defaultAlgorithm;
}
