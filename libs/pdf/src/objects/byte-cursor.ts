import type { ByteSource } from '../byte-source.ts';
import { unreadable } from '../unreadable.ts';
import { CARRIAGE_RETURN, isWhiteSpace, LINE_FEED } from './characters.ts';

const FIRST_CHUNK_BYTES = 1024;
const LARGEST_CHUNK_BYTES = 64 * 1024;

/** Reads a source byte by byte from a position, in chunks that grow while reading goes on. */
export class ByteCursor {
  /** Absolute offset of the next byte. */
  position: number;
  readonly #source: ByteSource;
  #chunk: Uint8Array = new Uint8Array(0);
  #chunkStart = 0;
  #chunkBytes = FIRST_CHUNK_BYTES;

  /** No chunk is read from behind it. */
  readonly #lastStart: number;

  /** @param maxBytes after which it goes no further, but for the rest of a chunk */
  constructor(source: ByteSource, position: number, maxBytes = Infinity) {
    this.#source = source;
    this.position = position;
    this.#lastStart = position + maxBytes;
  }

  /** The byte `ahead` of the position without taking it; -1 beyond the end. */
  peek(ahead = 0): number {
    const offset = this.position + ahead;
    const byte = this.#chunk[offset - this.#chunkStart];
    return byte ?? this.#load(offset);
  }

  /** Takes the next byte; -1 at the end. */
  take(): number {
    const byte = this.peek();
    if (byte >= 0) this.position++;
    return byte;
  }

  /** White space and comments (7.2.3). */
  skipWhiteSpace(): void {
    for (;;) {
      const byte = this.peek();
      if (isWhiteSpace(byte)) this.position++;
      else if (byte === 0x25) this.#skipLine();
      else return;
    }
  }

  /** Takes `keyword` where it stands next; otherwise the position stays. */
  takeKeyword(keyword: string): boolean {
    for (let index = 0; index < keyword.length; index++) {
      if (this.peek(index) !== keyword.charCodeAt(index)) return false;
    }
    this.position += keyword.length;
    return true;
  }

  #skipLine(): void {
    let byte = this.peek();
    while (byte >= 0 && byte !== CARRIAGE_RETURN && byte !== LINE_FEED) {
      this.position++;
      byte = this.peek();
    }
  }

  #load(offset: number): number {
    if (offset < 0 || offset >= this.#source.length) return -1;
    if (offset > this.#lastStart) throw unreadable('it takes too much work to read');
    this.#chunk = this.#source.read(offset, this.#chunkBytes);
    this.#chunkStart = offset;
    this.#chunkBytes = Math.min(this.#chunkBytes * 2, LARGEST_CHUNK_BYTES);
    return this.#chunk[0] ?? -1;
  }
}
