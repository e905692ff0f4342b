import type { PrivateKeyParts } from '../pkcs8.ts';

/** PrivateKeyInfo (RFC 5208) from its parts: what a token does inside when it wraps a key. */
export function pkcs8Of(parts: PrivateKeyParts): Uint8Array {
  const zero = element(0x02, Uint8Array.of(0));
  if (parts.keyType === 'RSA') {
    const integers = [
      parts.modulus,
      parts.publicExponent,
      parts.privateExponent,
      parts.prime1,
      parts.prime2,
      parts.exponent1,
      parts.exponent2,
      parts.coefficient,
    ].map(unsignedInteger);
    const algorithm = element(0x30, Buffer.from('06092a864886f70d0101010500', 'hex'));
    return element(0x30, zero, algorithm, element(0x04, element(0x30, zero, ...integers)));
  }
  const algorithm = element(0x30, Buffer.from('06072a8648ce3d0201', 'hex'), parts.curveOidDer);
  const privateKey = element(0x30, element(0x02, Uint8Array.of(1)), element(0x04, parts.scalar));
  return element(0x30, zero, algorithm, element(0x04, privateKey));
}

/** Minimal, as DER demands: a zero octet in front only where the number would look negative. */
function unsignedInteger(octets: Uint8Array): Uint8Array {
  return element(0x02, (octets[0] ?? 0) > 0x7f ? Uint8Array.of(0) : new Uint8Array(), octets);
}

function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const octets = Buffer.concat(contents);
  const header =
    octets.length < 0x80
      ? [tag, octets.length]
      : octets.length < 0x100
        ? [tag, 0x81, octets.length]
        : [tag, 0x82, octets.length >> 8, octets.length & 0xff];
  return Buffer.concat([Uint8Array.from(header), octets]);
}
