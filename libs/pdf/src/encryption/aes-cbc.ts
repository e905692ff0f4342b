import { createCipheriv, createDecipheriv } from 'node:crypto';

export const AES_BLOCK_BYTES = 16;

/** AES-128 or AES-256 in CBC mode, by the length of the key, without padding: `bytes` are whole blocks. */
export function encryptBlocks(key: Uint8Array, iv: Uint8Array, bytes: Uint8Array): Uint8Array {
  const cipher = createCipheriv(algorithm(key), key, iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

/** The inverse of `encryptBlocks`. */
export function decryptBlocks(key: Uint8Array, iv: Uint8Array, bytes: Uint8Array): Uint8Array {
  const decipher = createDecipheriv(algorithm(key), key, iv).setAutoPadding(false);
  return Buffer.concat([decipher.update(bytes), decipher.final()]);
}

/** A string or stream (ISO 32000-1 7.6.2): the IV, then the data padded as RFC 2898 says. */
export function encryptPadded(key: Uint8Array, iv: Uint8Array, bytes: Uint8Array): Uint8Array {
  const cipher = createCipheriv(algorithm(key), key, iv);
  return Buffer.concat([iv, cipher.update(bytes), cipher.final()]);
}

/** The inverse of `encryptPadded`. What is not whole blocks or wrongly padded is read as far as it goes. */
export function decryptPadded(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const iv = bytes.subarray(0, AES_BLOCK_BYTES);
  const length = (bytes.length & ~(AES_BLOCK_BYTES - 1)) - AES_BLOCK_BYTES;
  if (length <= 0) return new Uint8Array(0);
  const plain = decryptBlocks(key, iv, bytes.subarray(AES_BLOCK_BYTES, AES_BLOCK_BYTES + length));
  const padding = plain[plain.length - 1] ?? 0;
  return padding >= 1 && padding <= AES_BLOCK_BYTES ? plain.subarray(0, plain.length - padding) : plain;
}

function algorithm(key: Uint8Array): string {
  return key.length === 32 ? 'aes-256-cbc' : 'aes-128-cbc';
}
