import type { KeyObject } from 'node:crypto';

export const modulusBits = (publicKey: KeyObject): number => publicKey.asymmetricKeyDetails?.modulusLength ?? 0;

/** Bytes of the modulus, and so of every signature value (RFC 8017 8.1.2, 8.2.2 step 1). */
export const modulusLength = (publicKey: KeyObject): number => Math.ceil(modulusBits(publicKey) / 8);
