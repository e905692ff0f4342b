import { zero } from '@cinnabar/core';
import type { PrivateKeyParts } from './pkcs8.ts';

/** A copy whose members each have memory of their own, fit to move to another thread. */
export function copyParts<Parts extends PrivateKeyParts>(parts: Parts): Parts {
  const copies = Object.entries(parts).map(([name, part]: [string, string | Uint8Array]) => [
    name,
    typeof part === 'string' ? part : Uint8Array.from(part),
  ]);
  return Object.fromEntries(copies) as Parts;
}

export function buffersOf(parts: PrivateKeyParts): ArrayBuffer[] {
  return octetsOf(parts).map(({ buffer }) => buffer as ArrayBuffer);
}

export function zeroParts(parts: PrivateKeyParts): void {
  zero(...octetsOf(parts));
}

function octetsOf(parts: PrivateKeyParts): Uint8Array[] {
  return Object.values(parts).filter((part: string | Uint8Array) => typeof part !== 'string');
}
