import { timingSafeEqual } from 'node:crypto';

/** Overwrites buffers that held a secret. JavaScript strings cannot be overwritten; keep secrets in buffers. */
export function zero(...buffers: readonly (Uint8Array | undefined)[]): void {
  for (const buffer of buffers) buffer?.fill(0);
}

/** Compares in time that depends only on the lengths. */
export function equalInConstantTime(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
