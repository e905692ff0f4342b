import { wrongPassword } from './pfx-errors.ts';

/** A password in the two forms that a PFX file turns into keys. Owned by whoever asked for it, to be zeroed. */
export interface PfxPassword {
  /** For PBKDF2 (RFC 8018; RFC 9579 5): UTF-8. */
  readonly utf8: Uint8Array;
  /** For the derivation of RFC 7292 B.1: a BMPString with its terminator, two octets a character, big-endian. */
  readonly bmpString: Uint8Array;
}

const MAX_PASSWORD_CHARACTERS = 1024;

/**
 * The forms in which a file may have been made with this password, the most likely first. The array buffers are not
 * shared with anything, so that they can be handed to another thread and zeroed.
 *
 * - An empty password is written as an empty BMPString by some programs and as no octets at all by others.
 * - OpenSSL before 1.1 took each octet of a password that is not ASCII for a character.
 */
export function passwordForms(password: string): PfxPassword[] {
  if (password.length > MAX_PASSWORD_CHARACTERS) throw wrongPassword('too long');
  const utf8 = new TextEncoder().encode(password);
  const codeUnits = Array.from({ length: password.length }, (_, index) => password.charCodeAt(index));
  const forms = [{ utf8, bmpString: toBmpString(codeUnits) }];
  if (password === '') forms.push({ utf8: new Uint8Array(0), bmpString: new Uint8Array(0) });
  else if (utf8.length !== password.length) forms.push({ utf8: utf8.slice(), bmpString: toBmpString([...utf8]) });
  return forms;
}

function toBmpString(codeUnits: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(codeUnits.length * 2 + 2);
  codeUnits.forEach((codeUnit, index) => {
    bytes[index * 2] = codeUnit >> 8;
    bytes[index * 2 + 1] = codeUnit & 0xff;
  });
  return bytes;
}
