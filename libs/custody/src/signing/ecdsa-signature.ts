/** Ecdsa-Sig-Value (RFC 3279 2.2.3) from r ‖ s at full length, the form of PKCS#11 and IEEE P1363. */
export function ecdsaSignatureDer(rs: Uint8Array): Uint8Array {
  const half = rs.length / 2;
  const contents = Buffer.concat([integerDer(rs.subarray(0, half)), integerDer(rs.subarray(half))]);
  // P-521 reaches 138 octets of contents, so the long form with one octet is the longest needed.
  const header = contents.length < 0x80 ? [0x30, contents.length] : [0x30, 0x81, contents.length];
  return Buffer.concat([Uint8Array.from(header), contents]);
}

function integerDer(unsigned: Uint8Array): Uint8Array {
  let start = 0;
  while (start < unsigned.length - 1 && unsigned[start] === 0) start += 1;
  const octets = unsigned.subarray(start);
  const sign = (octets[0] ?? 0) > 0x7f ? [0] : [];
  return Buffer.concat([Uint8Array.of(0x02, sign.length + octets.length, ...sign), octets]);
}
