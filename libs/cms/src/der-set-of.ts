import { encodeElement, TAG } from '@cinnabar/x509';

/**
 * SET OF in DER (X.690 11.6): the elements in ascending order of their encodings, a shorter one padded with zero octets
 * at its end. Signed attributes are hashed in this form (RFC 5652 5.4), so a wrong order is a broken signature.
 *
 * @param tag the identifier octet: a universal SET, or the context tag of an IMPLICIT one
 */
export function encodeSetOf(elements: readonly Uint8Array[], tag: number = TAG.set): Uint8Array {
  return encodeElement(tag, ...elements.toSorted(compareEncodings));
}

/**
 * Octet by octet. The zero padding of X.690 never decides between two whole elements: their lengths stand in their
 * headers, so that one is never the beginning of another.
 */
function compareEncodings(left: Uint8Array, right: Uint8Array): number {
  return Buffer.compare(left, right);
}
