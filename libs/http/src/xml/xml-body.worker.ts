import { decodeBase64 } from '@cinnabar/core';
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { parseXml } from './parse-xml.ts';

/** Contents at least this long that are base64 are decoded here: no text of the contract is as long. */
const DECODE_FROM = 16 * 1024;

/** Reads a large message and decodes its documents off the event loop; decoded bytes change hands instead of being copied. */
export default function readLargeMessage(body: Uint8Array): unknown {
  const owned: ArrayBufferLike[] = [];
  const outcome = parseXml(body, (content) => {
    const decoded = content.length < DECODE_FROM ? undefined : decodeBase64(content);
    if (decoded === undefined) return undefined;
    // A small Buffer is a slice of memory that others use too and that cannot change hands.
    const isOwn = decoded.byteLength === decoded.buffer.byteLength;
    const bytes = isOwn ? decoded : new Uint8Array(decoded);
    owned.push(bytes.buffer);
    return bytes;
  });
  return move({ [transferableSymbol]: owned, [valueSymbol]: outcome });
}
