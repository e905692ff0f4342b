import { CodedError, zero } from '@cinnabar/core';
import type { Secret } from './key-custody.ts';

const MAXIMUM_LENGTH = 1_024;

/**
 * Runs `use` with a secret's bytes in a buffer of our own, which is zeroed afterwards.
 * NFC, because keyboards differ in how they compose an accented letter (RFC 8265 4.2.2).
 * @throws CodedError `invalid-parameter` (pin) when empty, longer than 1,024 bytes or not well-formed Unicode
 */
export async function withSecretBytes<T>(secret: Secret, use: (bytes: Uint8Array) => Promise<T>): Promise<T> {
  const bytes = copyOfSecret(secret);
  try {
    return await use(bytes);
  } finally {
    zero(bytes);
  }
}

/** A secret's bytes in a buffer that is the caller's to zero. @throws CodedError as {@link withSecretBytes} */
export function copyOfSecret(secret: Secret): Uint8Array {
  // Bounded before it is normalised: a UTF-16 unit gives at least one byte.
  if (secret.length === 0 || secret.length > MAXIMUM_LENGTH) throw badLength();
  if (typeof secret === 'string' && !secret.isWellFormed())
    // In UTF-8 every half of a surrogate pair is U+FFFD: one such secret would open for any other.
    throw new CodedError('invalid-parameter', 'pin: is not well-formed Unicode');
  const source = typeof secret === 'string' ? Buffer.from(secret.normalize('NFC'), 'utf8') : secret;
  const bytes = new Uint8Array(source);
  if (typeof secret === 'string') zero(source);
  if (bytes.length > MAXIMUM_LENGTH) {
    zero(bytes);
    throw badLength();
  }
  return bytes;
}

function badLength(): CodedError {
  return new CodedError('invalid-parameter', `pin: must have 1 to ${MAXIMUM_LENGTH} bytes`);
}
