import { createDecipheriv, createHash } from 'node:crypto';
import { equalInConstantTime, zero } from '@cinnabar/core';
import { AES_BLOCK_BYTES, decryptBlocks, encryptBlocks } from './aes-cbc.ts';
import type { EncryptionDictionary } from './encryption-dictionary.ts';
import type { FileKey } from './file-key.ts';
import type { PasswordForms } from './passwords.ts';

/** /O and /U: a hash of 32 bytes, a salt to check the password and a salt to make a key, of 8 bytes each (7.6.4.4.7). */
const HASH_BYTES = 32;
const SALT_BYTES = 8;
const NO_BYTES = new Uint8Array(0);
const ZERO_IV = new Uint8Array(AES_BLOCK_BYTES);

/** Finds the file key for revisions 5 and 6 (ISO 32000-2 algorithm 2.A); undefined where no form of the password opens. */
export function openAes256(dictionary: EncryptionDictionary, passwords: PasswordForms): FileKey | undefined {
  const { owner, ownerEncrypted, user, userEncrypted } = dictionary;
  for (const password of passwords) {
    const key = openEntry(dictionary, password, { entry: owner, encryptedKey: ownerEncrypted, userEntry: user });
    if (key) return { key, openedBy: 'owner' };
  }
  for (const password of passwords) {
    const key = openEntry(dictionary, password, { entry: user, encryptedKey: userEncrypted, userEntry: NO_BYTES });
    if (key) return { key, openedBy: 'user' };
  }
  return undefined;
}

interface Entry {
  readonly entry: Uint8Array;
  readonly encryptedKey: Uint8Array;
  /** The owner's hashes take the user's entry in. */
  readonly userEntry: Uint8Array;
}

function openEntry(
  { revision }: EncryptionDictionary,
  password: Uint8Array,
  { entry, encryptedKey, userEntry }: Entry,
): Uint8Array | undefined {
  const hash = revision === 5 ? sha256 : hardenedHash;
  const validationSalt = entry.subarray(HASH_BYTES, HASH_BYTES + SALT_BYTES);
  const keySalt = entry.subarray(HASH_BYTES + SALT_BYTES, HASH_BYTES + 2 * SALT_BYTES);
  if (!equalInConstantTime(hash(password, validationSalt, userEntry), entry.subarray(0, HASH_BYTES))) return undefined;
  const intermediateKey = hash(password, keySalt, userEntry);
  const key = decryptBlocks(intermediateKey, ZERO_IV, encryptedKey);
  zero(intermediateKey);
  return key;
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  return digest('sha256', Buffer.concat(parts));
}

const HASHES = ['sha256', 'sha384', 'sha512'] as const;
const REPEATS = 64;
const MIN_ROUNDS = 64;
/** The last byte of a round ends the rounds at 255 + 32 at the latest. */
const MAX_ROUNDS = 288;

/** Algorithm 2.B of ISO 32000-2. */
function hardenedHash(password: Uint8Array, salt: Uint8Array, userEntry: Uint8Array): Uint8Array {
  let key = sha256(password, salt, userEntry);
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const sequence = Buffer.concat([password, key, userEntry]);
    const repeated = Buffer.concat(Array.from({ length: REPEATS }, () => sequence));
    const encrypted = encryptBlocks(key.subarray(0, 16), key.subarray(16, 32), repeated);
    // 256 is 1 modulo 3: the first 16 bytes as a number leave the same remainder as their sum.
    const remainder = encrypted.subarray(0, 16).reduce((sum, byte) => sum + byte, 0) % 3;
    key = digest(HASHES[remainder] ?? 'sha256', encrypted);
    zero(sequence, repeated);
    if (round >= MIN_ROUNDS && (encrypted[encrypted.length - 1] ?? 0) <= round - 32) break;
  }
  return key.subarray(0, HASH_BYTES);
}

/** What /Perms says (algorithm 13): the permissions under the file key; undefined where it was not made with this key. */
export function openPermissions(key: Uint8Array, encryptedPermissions: Uint8Array): number | undefined {
  const decipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(encryptedPermissions), decipher.final()]);
  return plain.toString('latin1', 9, 12) === 'adb' ? plain.readInt32LE(0) : undefined;
}

function digest(algorithm: string, bytes: Uint8Array): Uint8Array {
  return createHash(algorithm).update(bytes).digest();
}
