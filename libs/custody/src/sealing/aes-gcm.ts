import { createCipheriv, createDecipheriv } from 'node:crypto';
import { zero, type Random } from '@cinnabar/core';

// Layout of a sealed box: format (1 byte, always 1) ‖ nonce (12) ‖ ciphertext ‖ tag (16). NIST SP 800-38D.
const FORMAT = 1;
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const OVERHEAD = 1 + NONCE_LENGTH + TAG_LENGTH;

/** Encrypts and authenticates. The nonce is random: a key may seal no more than a few boxes, which is all we do. */
export function seal(key: Uint8Array, plaintext: Uint8Array, authenticated: Uint8Array, random: Random): Uint8Array {
  const nonce = random.bytes(NONCE_LENGTH);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_LENGTH });
  cipher.setAAD(authenticated);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([Uint8Array.of(FORMAT), nonce, ciphertext, cipher.getAuthTag()]);
}

/** The plaintext in a buffer of its own, or `undefined` when key, box or authenticated data are not the ones sealed. */
export function open(key: Uint8Array, box: Uint8Array, authenticated: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (box.length < OVERHEAD || box[0] !== FORMAT) return undefined;
  const nonce = box.subarray(1, 1 + NONCE_LENGTH);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_LENGTH });
  decipher.setAAD(authenticated);
  decipher.setAuthTag(box.subarray(box.length - TAG_LENGTH));
  const unproven = decipher.update(box.subarray(1 + NONCE_LENGTH, box.length - TAG_LENGTH));
  try {
    decipher.final();
    return Uint8Array.from(unproven);
  } catch {
    // The one way in which `final` fails is the tag; the caller's answer to that is "does not open".
    return undefined;
  } finally {
    zero(unproven);
  }
}
