import { type FileHandle, open } from 'node:fs/promises';

/** Longer than any line that we write: a record's texts together, each character escaped. */
export const LONGEST_LINE = 1024 * 1024;
const CHUNK = 256 * 1024;

export interface NumberedLine {
  /** From 1. */
  readonly place: number;
  /** Without the line's end. Undefined: longer than {@link LONGEST_LINE}. */
  readonly bytes: Buffer | undefined;
  /** The same, as text. */
  readonly text: string | undefined;
}

/** A file of lines, as far as it reached when it was opened; the server may go on writing meanwhile. */
export class LineFile {
  readonly #file: FileHandle;
  readonly #size: number;

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** @throws Error of the system, e.g. ENOENT */
  static async open(path: string): Promise<LineFile> {
    const file = await open(path, 'r');
    const { size } = await file.stat();
    return new LineFile(file, size);
  }

  /** In bytes, as it was opened. */
  get size(): number {
    return this.#size;
  }

  /** Memory is bounded whatever the file holds. A last line without its end is left out: it is being written. */
  async *lines(): AsyncGenerator<NumberedLine> {
    let place = 0;
    let begun: Buffer[] = [];
    let begunLength = 0;
    for (let from = 0; from < this.#size;) {
      const length = Math.min(CHUNK, this.#size - from);
      const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(length), 0, length, from);
      if (bytesRead === 0) return;
      from += bytesRead;
      let rest = buffer.subarray(0, bytesRead);
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        place += 1;
        const whole = begunLength + end > LONGEST_LINE ? undefined : Buffer.concat([...begun, rest.subarray(0, end)]);
        yield { place, bytes: whole, text: whole?.toString('utf8') };
        rest = rest.subarray(end + 1);
        begun = [];
        begunLength = 0;
      }
      begunLength += rest.length;
      if (begunLength > LONGEST_LINE) begun = [];
      else if (rest.length > 0) begun.push(rest);
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
