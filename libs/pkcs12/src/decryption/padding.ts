import { zero } from '@cinnabar/core';

/**
 * Takes the padding of RFC 8018 6.1.1 off; undefined where it is none, which is how a wrong key shows itself. A buffer
 * that is refused is zeroed. There is no oracle to guard against: whoever sends the file also sends the password.
 */
export function unpad(padded: Buffer, blockLength: number): Buffer | undefined {
  const count = padded.at(-1) ?? 0;
  const isPadded =
    count >= 1 &&
    count <= blockLength &&
    padded.length >= count &&
    padded.subarray(-count).every((octet) => octet === count);
  if (isPadded) return padded.subarray(0, padded.length - count);
  zero(padded);
  return undefined;
}
