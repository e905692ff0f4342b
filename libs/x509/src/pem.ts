import { CodedError } from '@cinnabar/core';

const BLOCK = /-----BEGIN (?:X509 )?CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END (?:X509 )?CERTIFICATE-----/g;

/**
 * The certificates of a PEM text (RFC 7468 5) in their order, as DER; text around the blocks is skipped.
 * None at all, or more than `maxCount`, is an `invalid-parameter` that names `member`.
 */
export function certificatesFromPem(pem: string, { member = 'cer', maxCount = 32 } = {}): Uint8Array[] {
  const certificates: Uint8Array[] = [];
  for (const [, base64 = ''] of pem.matchAll(BLOCK)) {
    if (certificates.length === maxCount) throw new CodedError('invalid-parameter', `${member}: too many certificates`);
    certificates.push(Buffer.from(base64, 'base64'));
  }
  if (certificates.length === 0) throw new CodedError('invalid-parameter', `${member}: no certificate found`);
  return certificates;
}

/** DER → PEM with lines of 64 characters (RFC 7468 2). */
export function certificateToPem(certificateDer: Uint8Array): string {
  const lines =
    Buffer.from(certificateDer)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
