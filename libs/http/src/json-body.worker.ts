import { decodeBase64 } from '@cinnabar/core';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { parseJson } from './parse-json.ts';

/** Texts at least this long in the members that carry documents are decoded here, so that no other thread has to touch them. */
const DECODE_FROM = 16 * 1024;
const BYTE_MEMBERS = new Set(['document', 'doc', 'pfxdata']);

/** Parses a large body and decodes its document off the event loop; decoded bytes change hands instead of being copied. */
export default function readLargeBody(body: Uint8Array): unknown {
  const value = parseJson(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const record = value as Record<string, unknown>;
  const owned: ArrayBufferLike[] = [];
  for (const name of BYTE_MEMBERS) {
    const text = record[name];
    const decoded = typeof text === 'string' && text.length >= DECODE_FROM ? ownBytesOf(text) : undefined;
    if (decoded === undefined) continue;
    record[name] = decoded;
    owned.push(decoded.buffer);
  }
  return move({ [transferableSymbol]: owned, [valueSymbol]: record });
}

/** What is not base64 is left as text, for the contract's validation to name the member. */
function ownBytesOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  const decoded = decodeBase64(text);
  // A copy of its own: a small Buffer is a slice of memory that others use too and that cannot change hands.
  return decoded === undefined ? undefined : new Uint8Array(decoded);
}
