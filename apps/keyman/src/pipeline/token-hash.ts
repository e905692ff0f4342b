import { hash } from 'node:crypto';

/** Sessions are stored and found by the SHA-256 of their token: a stolen database opens none. */
export function tokenHashOf(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
