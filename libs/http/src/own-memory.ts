/**
 * The same bytes in memory that is theirs alone, and so may change threads: as they are, or a copy where they share it with
 * others, as small Buffers of Node's do.
 */
export function inOwnMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength
    ? new Uint8Array(buffer)
    : new Uint8Array(bytes);
}
