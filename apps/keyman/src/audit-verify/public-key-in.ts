import { closeSync, openSync, readSync } from 'node:fs';
import { readPublicKeyLine } from '@cinnabar/audit';
import { isSystemError } from '@cinnabar/persistence';

/** Longer than the line of a key. */
const LONGEST = 4096;

/** The public key in the first line of a file of checkpoints; none where there is no such file, or no key in it. */
export function publicKeyIn(path: string): { readonly publicKeyPem?: string } {
  const bytes = Buffer.alloc(LONGEST);
  let length: number;
  try {
    const file = openSync(path, 'r');
    length = readSync(file, bytes);
    closeSync(file);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return {};
    throw error;
  }
  const [line = ''] = bytes.toString('utf8', 0, length).split('\n');
  const publicKeyPem = readPublicKeyLine(line);
  return publicKeyPem === undefined ? {} : { publicKeyPem };
}
