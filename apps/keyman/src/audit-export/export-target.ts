import { randomUUID } from 'node:crypto';
import { link, open, rm } from 'node:fs/promises';
import { CodedError } from '@cinnabar/core';
import { isSystemError } from '@cinnabar/persistence';

/** Where an export goes. */
export interface ExportTarget {
  readonly name: string;
  write(text: string): Promise<void>;
  /** Makes it valid. */
  complete(): Promise<void>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

/** A new file that only its owner reads; under its name it is whole or not there at all. */
export async function fileTarget(path: string): Promise<ExportTarget> {
  const temporary = `${path}.${randomUUID()}.partial`;
  const file = await open(temporary, 'wx', 0o600);
  return {
    name: path,
    write: (text) => file.appendFile(text),
    async complete() {
      await file.sync();
      await file.close();
      try {
        // Unlike a renaming it takes no file's place.
        await link(temporary, path);
      } catch (error) {
        if (isSystemError(error, 'EEXIST')) throw new CodedError('already-exists', `${path} is there already.`);
        throw error;
      } finally {
        await rm(temporary);
      }
    },
    async discard() {
      await file.close().catch(() => undefined);
      await rm(temporary, { force: true });
    },
  };
}

export function standardOutput(): ExportTarget {
  const { stdout } = process;
  // Whoever reads may leave early: the write's own callback tells it.
  stdout.on('error', () => undefined);
  return {
    name: 'standard output',
    write: (text) =>
      new Promise((resolve, reject) => {
        stdout.write(text, (error) => (error ? reject(error) : resolve()));
      }),
    complete: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
}
