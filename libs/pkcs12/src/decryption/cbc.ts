import { createDecipheriv } from 'node:crypto';
import { damaged } from '../pfx-errors.ts';
import { unpad } from './padding.ts';

/** Decrypts with one of OpenSSL's CBC ciphers and takes the padding off; undefined where the padding is wrong. */
export function decryptCbc(
  nodeName: string,
  blockLength: number,
  key: Uint8Array,
  iv: Uint8Array,
  ciphertext: Uint8Array,
): Buffer | undefined {
  requireBlocks(blockLength, iv, ciphertext);
  const decipher = createDecipheriv(nodeName, key, iv).setAutoPadding(false);
  const decrypted = decipher.update(ciphertext);
  decipher.final();
  return unpad(decrypted, blockLength);
}

/** A ciphertext in CBC mode is one block or more, its initialisation vector exactly one. */
export function requireBlocks(blockLength: number, iv: Uint8Array, ciphertext: Uint8Array): void {
  if (iv.length !== blockLength) throw damaged('damaged (an initialisation vector of wrong length)');
  if (ciphertext.length === 0 || ciphertext.length % blockLength !== 0)
    throw damaged('damaged (a ciphertext of wrong length)');
}
