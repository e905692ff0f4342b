import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * Random access to a document's bytes. Reading is synchronous: the pieces are small, and documents are worked on in
 * worker threads. Bytes handed out belong to the source and must not be changed.
 */
export interface ByteSource {
  /** Length in bytes; does not change. */
  readonly length: number;
  /** The bytes from `offset`, at most `length` of them: fewer, or none, where the source ends. */
  read(offset: number, length: number): Uint8Array;
  /** Copies the bytes from `offset` into memory of the caller's, which may be used again and again; tells how many. */
  readInto(into: Uint8Array, offset: number): number;
}

/** A document in memory. */
export class MemoryByteSource implements ByteSource {
  readonly length: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.length = bytes.length;
  }

  read(offset: number, length: number): Uint8Array {
    return this.#bytes.subarray(offset, offset + length);
  }

  readInto(into: Uint8Array, offset: number): number {
    const bytes = this.read(offset, into.length);
    into.set(bytes);
    return bytes.length;
  }
}

/** A document in a file, opened for reading until it is closed. Only what is asked for is ever in memory. */
export class FileByteSource implements ByteSource, Disposable {
  readonly length: number;
  readonly #descriptor: number;

  private constructor(descriptor: number, length: number) {
    this.#descriptor = descriptor;
    this.length = length;
  }

  static open(path: string): FileByteSource {
    const descriptor = openSync(path, 'r');
    try {
      return new FileByteSource(descriptor, fstatSync(descriptor).size);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  read(offset: number, length: number): Uint8Array {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.length - offset)));
    return bytes.subarray(0, this.readInto(bytes, offset));
  }

  readInto(into: Uint8Array, offset: number): number {
    const wanted = Math.max(0, Math.min(into.length, this.length - offset));
    let filled = 0;
    while (filled < wanted) {
      const count = readSync(this.#descriptor, into, filled, wanted - filled, offset + filled);
      // The file was cut while it was open.
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
