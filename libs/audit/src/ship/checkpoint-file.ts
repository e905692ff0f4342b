import { type FileHandle, open } from 'node:fs/promises';
import { publicKeyLine } from '../checkpoint/checkpoint-signer.ts';
import type { CheckpointSink } from './checkpoint-sink.ts';

/** Longer than any line of ours. */
const TAIL = 64 * 1024;

/** A file of JSON lines: the public key first, then checkpoints. Only ever appended to, and on the disk before `send` returns. */
export class CheckpointFile implements CheckpointSink {
  readonly name: string;
  readonly #path: string;
  readonly #publicKeySpkiDer: Uint8Array;
  #file: FileHandle | undefined;

  constructor(path: string, publicKeySpkiDer: Uint8Array) {
    this.name = 'the checkpoint file';
    this.#path = path;
    this.#publicKeySpkiDer = publicKeySpkiDer;
  }

  async send(lines: readonly string[]): Promise<void> {
    this.#file ??= await this.#open();
    try {
      await this.#file.appendFile(lines.map((line) => `${line}\n`).join(''));
      await this.#file.sync();
    } catch (error) {
      // A half-written line is cut off when it is opened again.
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #open(): Promise<FileHandle> {
    const file = await open(this.#path, 'a+', 0o600);
    try {
      const { size } = await file.stat();
      const kept = await endOfLastLine(file, size);
      if (kept < size) await file.truncate(kept);
      if (kept === 0) await file.appendFile(`${publicKeyLine(this.#publicKeySpkiDer)}\n`);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }
}

/** What a write that was killed left behind is no line. */
async function endOfLastLine(file: FileHandle, size: number): Promise<number> {
  const from = Math.max(0, size - TAIL);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
  const end = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
  // Not our file then: nothing of it is cut off.
  return end === 0 && from > 0 ? size : from + end;
}
