import { DIGESTS, type DigestAlgorithm } from '@cinnabar/core';
import { encodeNull, encodeObjectIdentifier, encodeOctetString, encodeSequence } from './der/der-writer.ts';

const digestInfoPrefixes = new Map<DigestAlgorithm, Uint8Array>();

/** DigestInfo (RFC 8017 9.2): the algorithm with its NULL parameters, then the digest. */
export function encodeDigestInfo(digestAlgorithm: DigestAlgorithm, digest: Uint8Array): Uint8Array {
  let algorithm = digestInfoPrefixes.get(digestAlgorithm);
  if (algorithm === undefined) {
    algorithm = encodeSequence(encodeObjectIdentifier(DIGESTS[digestAlgorithm].oid), encodeNull());
    digestInfoPrefixes.set(digestAlgorithm, algorithm);
  }
  return encodeSequence(algorithm, encodeOctetString(digest));
}
