import { decodeBase64 } from '@cinnabar/core';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { inOwnMemory } from '../own-memory.ts';
import { parseXml } from './parse-xml.ts';

/** Contents at least this long that are base64 are decoded here: no text of the contract is as long. */
const DECODE_FROM = 16 * 1024;

/** Reads a large message and decodes its documents off the event loop; decoded bytes change hands instead of being copied. */
export default function readLargeMessage(body: Uint8Array): unknown {
  const owned: ArrayBufferLike[] = [];
  const outcome = parseXml(body, (content) => {
    const decoded = content.length < DECODE_FROM ? undefined : decodeBase64(content);
    if (decoded === undefined) return undefined;
    const bytes = inOwnMemory(decoded);
    owned.push(bytes.buffer);
    return bytes;
  });
  return move({ [transferableSymbol]: owned, [valueSymbol]: outcome });
}
