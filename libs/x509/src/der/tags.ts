/** Identifier octets (X.690 8.1.2) of the universal types that PKIX uses, with their constructed bit where DER sets it. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  generalString: 0x1b,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Identifier octet of a context-specific element holding other elements, e.g. `[0] EXPLICIT …`. */
export const contextConstructed = (number: number): number => 0xa0 | number;

/** Identifier octet of a context-specific element holding a value, e.g. `[0] IMPLICIT OCTET STRING`. */
export const contextPrimitive = (number: number): number => 0x80 | number;
