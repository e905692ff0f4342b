import { decodeBase64 } from '@cinnabar/core';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { inOwnMemory } from './own-memory.ts';
import { parseJson } from './parse-json.ts';
import { TextRoom, TOO_MUCH_TEXT } from './text-room.ts';

/** Texts at least this long in the members that carry documents are decoded here, so that no other thread has to touch them. */
const DECODE_FROM = 16 * 1024;
const BYTE_MEMBERS = new Set(['document', 'doc', 'pfxdata']);

/**
 * Parses a large body and decodes its document off the event loop; decoded bytes change hands instead of being copied.
 *
 * @throws RangeError {@link TOO_MUCH_TEXT}, and what `parseJson` throws
 */
export default function readLargeBody(body: Uint8Array): unknown {
  const value = parseJson(body);
  const owned: ArrayBufferLike[] = [];
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const record = value as Record<string, unknown>;
    for (const name of BYTE_MEMBERS) {
      const text = Object.hasOwn(record, name) ? record[name] : undefined;
      const decoded = typeof text === 'string' && text.length >= DECODE_FROM ? ownBytesOf(text) : undefined;
      if (decoded === undefined) continue;
      record[name] = decoded;
      owned.push(decoded.buffer);
    }
  }
  requireTextRoom(value);
  return typeof value === 'object' && value !== null
    ? move({ [transferableSymbol]: owned, [valueSymbol]: value })
    : value;
}

/** What is not base64 is left as text, for the contract's validation to name the member. */
function ownBytesOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  const decoded = decodeBase64(text);
  return decoded === undefined ? undefined : inOwnMemory(decoded);
}

/** Names count like texts. Not by recursion: a body may be nested as deep as it has values. */
function requireTextRoom(value: unknown): void {
  const room = new TextRoom();
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === 'string' && !room.take(next.length)) throw new RangeError(TOO_MUCH_TEXT);
    if (typeof next !== 'object' || next === null || next instanceof Uint8Array) continue;
    if (Array.isArray(next)) for (const item of next) left.push(item);
    else for (const [name, member] of Object.entries(next)) left.push(name, member);
  }
}
