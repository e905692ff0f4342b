import { randomBytes } from 'node:crypto';

/** 12 upper-case hexadecimal digits (contract, "Operations"). */
export function newCertid(): string {
  return randomBytes(6).toString('hex').toUpperCase();
}
