/** The parts of a signed PDF that a CMS judge needs. */
export interface SignatureBytes {
  /** What /ByteRange covers. */
  readonly content: Buffer;
  /** /Contents without its padding. */
  readonly cmsDer: Buffer;
}

/**
 * Finds the signature in what was appended to an original of `originalLength` bytes, without a PDF parser: the only
 * /ByteRange there, which has to cover the whole file but the hexadecimal string of /Contents.
 * @returns a sentence where there is none or it does not
 */
export function newSignature(signed: Buffer, originalLength: number): SignatureBytes | string {
  const ranges = [
    ...signed
      .subarray(originalLength)
      .toString('latin1')
      .matchAll(/\/ByteRange\s*\[([\d\s]+)\]/g),
  ];
  const numbers = ranges[0]?.[1]?.trim().split(/\s+/).map(Number);
  if (ranges.length !== 1 || numbers?.length !== 4) return `${ranges.length} /ByteRange in what was appended`;
  const [start, firstLength, second, secondLength] = numbers as [number, number, number, number];
  if (start !== 0 || second + secondLength !== signed.length)
    return `/ByteRange does not cover the file: ${numbers.join(' ')}`;
  const hexadecimal = signed.subarray(firstLength, second).toString('latin1');
  if (!/^<[0-9A-Fa-f]+>$/.test(hexadecimal)) return 'what /ByteRange leaves out is not one hexadecimal string';
  const padded = Buffer.from(hexadecimal.slice(1, -1), 'hex');
  const length = derLength(padded);
  if (length === undefined || padded.subarray(length).some((byte) => byte !== 0))
    return '/Contents is not one DER value';
  return {
    content: Buffer.concat([signed.subarray(0, firstLength), signed.subarray(second)]),
    cmsDer: padded.subarray(0, length),
  };
}

/** Length in bytes of the DER value at the start, header included; undefined: not a SEQUENCE of definite length. */
function derLength(bytes: Buffer): number | undefined {
  const [tag, first] = bytes;
  if (tag !== 0x30 || first === undefined || first === 0x80) return undefined;
  if (first < 0x80) return 2 + first;
  const octets = first & 0x7f;
  return octets > 4 || bytes.length < 2 + octets ? undefined : 2 + octets + bytes.readUIntBE(2, octets);
}
