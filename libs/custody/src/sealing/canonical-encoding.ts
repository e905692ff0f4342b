/** A field of authenticated data. Dates count in milliseconds since 1970; a list is one field of nested fields. */
export type Field = string | number | Date | Uint8Array | readonly string[] | undefined;

const ABSENT = 0xffff_ffff;

/**
 * Encodes a fixed list of fields so that no two lists share an encoding: each field is its length (4 bytes, big-endian)
 * and its octets; an absent one is the length 0xFFFFFFFF alone. `domain` names the list and its version, and comes
 * first: it fixes the type of every field, so a list of other fields needs another domain.
 */
export function encodeFields(domain: string, fields: readonly Field[]): Uint8Array {
  return Buffer.concat([domain, ...fields].map(encodeField));
}

function encodeField(field: Field): Buffer {
  const length = Buffer.alloc(4);
  if (field === undefined) {
    length.writeUInt32BE(ABSENT);
    return length;
  }
  const octets = octetsOf(field);
  length.writeUInt32BE(octets.length);
  return Buffer.concat([length, octets]);
}

function octetsOf(field: NonNullable<Field>): Uint8Array {
  if (typeof field === 'string') return Buffer.from(field, 'utf8');
  if (typeof field === 'number') return integerOctets(field);
  if (field instanceof Uint8Array) return field;
  if (isDate(field)) return integerOctets(field.getTime());
  return Buffer.concat(field.map(encodeField));
}

// Not instanceof: a Date of a driver or a test may come from another realm.
function isDate(field: Date | readonly string[]): field is Date {
  return 'getTime' in field;
}

function integerOctets(value: number): Buffer {
  if (!Number.isSafeInteger(value)) throw new RangeError('authenticated data holds whole numbers only');
  const octets = Buffer.alloc(8);
  octets.writeBigInt64BE(BigInt(value));
  return octets;
}
