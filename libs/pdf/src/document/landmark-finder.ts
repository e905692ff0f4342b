import type { ByteSource } from '../byte-source.ts';
import { MAX_OBJECT_NUMBER, maxLandmarks } from '../limits.ts';
import { isDigit, isRegular, isWhiteSpace } from '../objects/characters.ts';
import { unreadable } from '../unreadable.ts';

const CHUNK_BYTES = 1024 * 1024;
/** Longer than `nnnnnnnnnn ggggg obj` with some white space: what has to overlap between chunks. */
const OVERLAP_BYTES = 64;
const LOWER_CASE_J = 0x6a;

/** An object as it was found by looking through the whole document. */
export interface ScannedObject {
  readonly objectNumber: number;
  readonly generation: number;
  /** Absolute offset of its object number. */
  readonly offset: number;
}

/** `12 0 obj` or `trailer`, somewhere in a document. */
export interface Landmark {
  /** Absolute offset behind it. */
  readonly end: number;
  /** Left out for a trailer. */
  readonly header?: ScannedObject;
}

/** Finds landmarks one after the other; each byte of the source is looked at a constant number of times. */
export class LandmarkFinder {
  readonly #source: ByteSource;
  /** Used for one chunk after the other. */
  readonly #memory = Buffer.alloc(CHUNK_BYTES);
  #chunk: Buffer = Buffer.alloc(0);
  #chunkStart = 0;
  readonly #words = { obj: new WordInChunk('obj'), trailer: new WordInChunk('trailer') };

  /** How many more words are looked at, whether they turn out to be landmarks or not. */
  #wordsLeft: number;

  constructor(source: ByteSource) {
    this.#source = source;
    this.#wordsLeft = maxLandmarks(source.length);
  }

  /**
   * The next landmark that begins at or behind `from`, which never decreases from call to call.
   * Errors: `document-unreadable` where there are too many.
   */
  next(from: number): Landmark | undefined {
    let searchFrom = from;
    for (;;) {
      if (searchFrom >= this.#chunkStart + this.#chunk.length - OVERLAP_BYTES) this.#load(searchFrom);
      const landmark = this.#findInChunk(searchFrom, from);
      if (landmark) return landmark;
      const chunkEnd = this.#chunkStart + this.#chunk.length;
      if (chunkEnd >= this.#source.length || this.#chunk.length <= 2 * OVERLAP_BYTES) return undefined;
      searchFrom = chunkEnd - OVERLAP_BYTES;
    }
  }

  #load(position: number): void {
    this.#chunkStart = Math.max(0, position - OVERLAP_BYTES);
    this.#chunk = this.#memory.subarray(0, this.#source.readInto(this.#memory, this.#chunkStart));
    this.#words.obj.startWith(this.#chunk);
    this.#words.trailer.startWith(this.#chunk);
  }

  #findInChunk(searchFrom: number, floor: number): Landmark | undefined {
    const start = searchFrom - this.#chunkStart;
    const lowest = Math.max(0, floor - this.#chunkStart);
    const { obj, trailer } = this.#words;
    const trailerAt = trailer.next(start);
    for (let at = obj.next(start); at < trailerAt; at = obj.next(at + 1)) {
      this.#countWord();
      const header = headerBefore(this.#chunk, at, lowest);
      if (header) {
        return { end: this.#chunkStart + at + 3, header: { ...header, offset: this.#chunkStart + header.offset } };
      }
    }
    if (trailerAt === Infinity) return undefined;
    this.#countWord();
    return { end: this.#chunkStart + trailerAt + 'trailer'.length };
  }

  #countWord(): void {
    this.#wordsLeft--;
    if (this.#wordsLeft < 0) throw unreadable('it has too many objects');
  }
}

/** Where a word comes next in a chunk; no byte is searched twice, so its positions are asked for in ascending order. */
class WordInChunk {
  readonly #word: string;
  #chunk: Buffer = Buffer.alloc(0);
  #at = Infinity;

  constructor(word: string) {
    this.#word = word;
  }

  startWith(chunk: Buffer): void {
    this.#chunk = chunk;
    this.#at = -1;
  }

  /** Offset of the first one that begins at or behind `from`; Infinity where there is none. */
  next(from: number): number {
    if (this.#at < from) {
      const found = this.#chunk.indexOf(this.#word, from);
      this.#at = found < 0 ? Infinity : found;
    }
    return this.#at;
  }
}

/** Reads `12 0 ` backwards from the `obj` at `at`. */
function headerBefore(chunk: Buffer, at: number, lowest: number): ScannedObject | undefined {
  const generation = integerBefore(chunk, at, lowest);
  const number = generation && integerBefore(chunk, generation.at, lowest);
  if (!number || number.value === 0 || number.value > MAX_OBJECT_NUMBER || generation.value > 65535) return undefined;
  // `endobj12 0 obj` is forgiven; a name or the rest of a word in front is not.
  const before = chunk[number.at - 1] ?? -1;
  if (isRegular(before) && before !== LOWER_CASE_J) return undefined;
  return { objectNumber: number.value, generation: generation.value, offset: number.at };
}

/** The digits that end before `end`, white space between; a digit at `end` itself belongs to another number. */
function integerBefore(chunk: Buffer, end: number, lowest: number): { value: number; at: number } | undefined {
  let last = end;
  while (last > lowest && isWhiteSpace(chunk[last - 1] ?? -1)) last--;
  if (last === end && isDigit(chunk[end] ?? -1)) return undefined;
  let first = last;
  while (first > lowest && last - first < 10 && isDigit(chunk[first - 1] ?? -1)) first--;
  return first === last ? undefined : { value: Number(chunk.toString('latin1', first, last)), at: first };
}
