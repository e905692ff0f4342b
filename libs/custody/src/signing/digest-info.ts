import { DIGESTS } from '@cinnabar/core';
import type { SignedDigest } from '../signature-request.ts';

/** What PKCS#1 v1.5 pads: the DigestInfo (RFC 8017 9.2 step 2), or for MD5+SHA1 the bare 36 octets (RFC 2246 7.4.3). */
export function pkcs1Payload(digestAlgorithm: SignedDigest, digest: Uint8Array): Uint8Array {
  if (digestAlgorithm === 'MD5+SHA1') return digest;
  return Buffer.concat([digestInfoPrefix(digestAlgorithm), digest]);
}

const prefixes = new Map<SignedDigest, Uint8Array>();

function digestInfoPrefix(digestAlgorithm: Exclude<SignedDigest, 'MD5+SHA1'>): Uint8Array {
  let prefix = prefixes.get(digestAlgorithm);
  if (prefix === undefined) {
    const { oid, length } = DIGESTS[digestAlgorithm];
    const oidContents = oidOctets(oid);
    // AlgorithmIdentifier with NULL parameters, as RFC 8017 A.2.4 demands for PKCS#1 v1.5.
    const algorithm = [0x06, oidContents.length, ...oidContents, 0x05, 0x00];
    prefix = Uint8Array.of(0x30, 2 + algorithm.length + 2 + length, 0x30, algorithm.length, ...algorithm, 0x04, length);
    prefixes.set(digestAlgorithm, prefix);
  }
  return prefix;
}

function oidOctets(oid: string): number[] {
  const [first = 0, second = 0, ...rest] = oid.split('.').map(Number);
  return [first * 40 + second, ...rest].flatMap(base128);
}

function base128(arc: number): number[] {
  const octets = [arc & 0x7f];
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) octets.unshift((left & 0x7f) | 0x80);
  return octets;
}
