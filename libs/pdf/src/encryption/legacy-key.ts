import { createHash } from 'node:crypto';
import { equalInConstantTime, zero } from '@cinnabar/core';
import type { EncryptionDictionary } from './encryption-dictionary.ts';
import type { FileKey } from './file-key.ts';
import type { PasswordForms } from './passwords.ts';
import { rc4 } from './rc4.ts';

/** Fills a password up to 32 bytes (ISO 32000-1 algorithm 2, step a). */
const PADDING = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex');
const PASSWORD_BYTES = 32;
const STRENGTHENING_ROUNDS = 50;

type Sizes = EncryptionDictionary & { readonly keyLength: number; readonly documentId: Uint8Array };

/** Finds the file key for revisions 2 to 4 (ISO 32000-1 7.6.3.3, 7.6.3.4); undefined where no form of the password opens. */
export function openLegacy(
  dictionary: EncryptionDictionary,
  documentId: Uint8Array,
  passwords: PasswordForms,
): FileKey | undefined {
  // A file may be opened by one password in both roles: owner's rights are looked for first.
  for (const openWith of [openAsOwner, openAsUser]) {
    for (const keyLength of dictionary.keyLengths) {
      for (const password of passwords) {
        const fileKey = openWith({ ...dictionary, keyLength, documentId }, password);
        if (fileKey) return fileKey;
      }
    }
  }
  return undefined;
}

/** Algorithm 7: the owner's password opens the user's. */
function openAsOwner(sizes: Sizes, password: Uint8Array): FileKey | undefined {
  const ownerKey = ownerKeyOf(sizes, password);
  let userPassword = sizes.owner;
  const rounds = sizes.revision === 2 ? 1 : 20;
  for (let round = rounds - 1; round >= 0; round--) {
    userPassword = rc4(
      ownerKey.map((byte) => byte ^ round),
      userPassword,
    );
  }
  const opened = openAsUser(sizes, userPassword);
  zero(ownerKey, userPassword);
  return opened && { ...opened, openedBy: 'owner' };
}

/** Algorithm 3, steps a to d. */
function ownerKeyOf({ revision, keyLength }: Sizes, password: Uint8Array): Uint8Array {
  let hash: Uint8Array = md5(padded(password));
  if (revision >= 3) for (let round = 0; round < STRENGTHENING_ROUNDS; round++) hash = md5(hash);
  return hash.slice(0, keyLength);
}

/** Algorithm 6. */
function openAsUser(sizes: Sizes, password: Uint8Array): FileKey | undefined {
  const key = fileKeyOf(sizes, password);
  const compared = sizes.revision === 2 ? PASSWORD_BYTES : 16;
  const expected = sizes.user.subarray(0, compared);
  if (equalInConstantTime(userEntryOf(sizes, key).subarray(0, compared), expected)) return { key, openedBy: 'user' };
  zero(key);
  return undefined;
}

/** Algorithm 2. */
function fileKeyOf(
  { owner, permissionBits, revision, keyLength, encryptsMetadata, documentId }: Sizes,
  password: Uint8Array,
) {
  const permissions = Buffer.alloc(4);
  permissions.writeInt32LE(permissionBits ?? 0);
  const cleartextMetadata = revision >= 4 && !encryptsMetadata ? [Buffer.alloc(4, 0xff)] : [];
  let hash: Uint8Array = md5(padded(password), owner, permissions, documentId, ...cleartextMetadata);
  if (revision >= 3) {
    for (let round = 0; round < STRENGTHENING_ROUNDS; round++) hash = md5(hash.subarray(0, keyLength));
  }
  return hash.slice(0, keyLength);
}

/** Algorithms 4 and 5: what /U has to be, as far as it is compared. */
function userEntryOf({ revision, documentId }: Sizes, key: Uint8Array): Uint8Array {
  if (revision === 2) return rc4(key, PADDING);
  let entry = rc4(key, md5(PADDING, documentId));
  for (let round = 1; round <= 19; round++)
    entry = rc4(
      key.map((byte) => byte ^ round),
      entry,
    );
  return entry;
}

function padded(password: Uint8Array): Uint8Array {
  return Buffer.concat([password, PADDING]).subarray(0, PASSWORD_BYTES);
}

function md5(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
