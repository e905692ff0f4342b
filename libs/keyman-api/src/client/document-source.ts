import { createReadStream } from 'node:fs';

/**
 * A document to be sent: bytes, a Blob, a file by its path, or a stream. A stream can be read only once, so a call with
 * one cannot be sent again after its token turned out to have expired; a function that opens the stream can.
 */
export type DocumentSource =
  Uint8Array | Blob | { readonly path: string } | AsyncIterable<Uint8Array> | (() => AsyncIterable<Uint8Array>);

export function isRepeatable(source: DocumentSource): boolean {
  return !(Symbol.asyncIterator in source);
}

/** The document's bytes, read anew. */
export function openDocument(source: DocumentSource): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (source instanceof Uint8Array) return [source];
  if (source instanceof Blob) return source.stream();
  if (typeof source === 'function') return source();
  // Node's own file streams have a path too, and may have been read in part already.
  if (Symbol.asyncIterator in source) return source;
  return createReadStream(source.path);
}
