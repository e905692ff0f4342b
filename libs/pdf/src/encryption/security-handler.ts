import { createHash } from 'node:crypto';
import { CodedError, type Random } from '@cinnabar/core';
import type { Resolve } from '../filters/filter-chain.ts';
import { isPdfArray, PdfDictionary, PdfName, type PdfReference, type PdfValue } from '../objects/pdf-object.ts';
import { AES_BLOCK_BYTES, decryptPadded, encryptPadded } from './aes-cbc.ts';
import { openAes256, openPermissions } from './aes256-key.ts';
import { type CipherMethod, type EncryptionDictionary, readEncryptionDictionary } from './encryption-dictionary.ts';
import type { FileKey } from './file-key.ts';
import { openLegacy } from './legacy-key.ts';
import { legacyPasswordForms, unicodePasswordForms } from './passwords.ts';
import { type DocumentPermissions, EVERYTHING_ALLOWED, permissionsOf } from './permissions.ts';
import { rc4 } from './rc4.ts';

export interface SecurityInput {
  readonly encryptionDictionary: PdfDictionary;
  /** The first string of the trailer's /ID; empty where there is none. */
  readonly documentId: Uint8Array;
  /** Without one, and after a wrong one, the empty password is tried: most files open with it. */
  readonly password: string | undefined;
  readonly resolve: Resolve;
}

/** The standard security handler of an opened document (ISO 32000-2 7.6.4): decrypts what is there, encrypts what is new. */
export class SecurityHandler {
  readonly permissions: DocumentPermissions;
  readonly #dictionary: EncryptionDictionary;
  readonly #fileKey: FileKey | undefined;

  private constructor(dictionary: EncryptionDictionary, fileKey: FileKey | undefined) {
    this.#dictionary = dictionary;
    this.#fileKey = fileKey;
    this.permissions = fileKey?.openedBy === 'owner' ? EVERYTHING_ALLOWED : userPermissions(dictionary, fileKey);
  }

  /** A missing or wrong password is `document-password`, a handler of another kind `not-supported`. */
  static open({ encryptionDictionary, documentId, password, resolve }: SecurityInput): SecurityHandler {
    const dictionary = readEncryptionDictionary(encryptionDictionary, resolve);
    const tried = password === undefined || password === '' ? [''] : [password, ''];
    for (const each of tried) {
      const fileKey =
        dictionary.revision >= 5
          ? openAes256(dictionary, unicodePasswordForms(each))
          : openLegacy(dictionary, documentId, legacyPasswordForms(each));
      if (fileKey) return new SecurityHandler(dictionary, fileKey);
    }
    // Only embedded files are encrypted: the document itself is readable without any password.
    if (dictionary.streams === 'identity' && dictionary.strings === 'identity') {
      return new SecurityHandler(dictionary, undefined);
    }
    const reason = password === undefined || password === '' ? 'it needs a password' : 'its password is wrong';
    throw new CodedError('document-password', `document: ${reason}`);
  }

  decryptString(owner: PdfReference, bytes: Uint8Array): Uint8Array {
    return this.#decrypt(this.#dictionary.strings, owner, bytes);
  }

  /** @param dictionary of the stream: it may choose a crypt filter of its own, and some kinds are never encrypted */
  decryptStream(owner: PdfReference, dictionary: PdfDictionary, bytes: Uint8Array): Uint8Array {
    return this.#decrypt(this.#methodFor(dictionary), owner, bytes);
  }

  encryptString(owner: PdfReference, bytes: Uint8Array, random: Random): Uint8Array {
    return this.#encrypt(this.#dictionary.strings, owner, bytes, random);
  }

  encryptStream(owner: PdfReference, dictionary: PdfDictionary, bytes: Uint8Array, random: Random): Uint8Array {
    return this.#encrypt(this.#methodFor(dictionary), owner, bytes, random);
  }

  #methodFor(dictionary: PdfDictionary): CipherMethod {
    const type = dictionary.get('Type');
    const typeName = type instanceof PdfName ? type.value : '';
    if (typeName === 'XRef') return 'identity';
    const own = ownCryptFilter(dictionary);
    if (own !== undefined) return this.#dictionary.cryptFilters.get(own) ?? 'identity';
    if (typeName === 'Metadata' && !this.#dictionary.encryptsMetadata) return 'identity';
    return typeName === 'EmbeddedFile' ? this.#dictionary.embeddedFiles : this.#dictionary.streams;
  }

  #decrypt(method: CipherMethod, owner: PdfReference, bytes: Uint8Array): Uint8Array {
    switch (method) {
      case 'identity':
        return bytes;
      case 'rc4':
        return rc4(this.#objectKey(method, owner), bytes);
      case 'aes-128':
      case 'aes-256':
        return decryptPadded(this.#objectKey(method, owner), bytes);
    }
  }

  #encrypt(method: CipherMethod, owner: PdfReference, bytes: Uint8Array, random: Random): Uint8Array {
    switch (method) {
      case 'identity':
        return bytes;
      case 'rc4':
        return rc4(this.#objectKey(method, owner), bytes);
      case 'aes-128':
      case 'aes-256':
        return encryptPadded(this.#objectKey(method, owner), random.bytes(AES_BLOCK_BYTES), bytes);
    }
  }

  /** Algorithm 1 of ISO 32000-1 7.6.2; AES-256 uses the file key itself (algorithm 1.A). */
  #objectKey(method: CipherMethod, { objectNumber, generation }: PdfReference): Uint8Array {
    if (!this.#fileKey) throw new CodedError('document-password', 'document: it needs a password');
    const { key } = this.#fileKey;
    if (method === 'aes-256') return key;
    const number = Buffer.alloc(5);
    number.writeUIntLE(objectNumber, 0, 3);
    number.writeUIntLE(generation & 0xffff, 3, 2);
    const hash = createHash('md5').update(key).update(number);
    if (method === 'aes-128') hash.update('sAlT');
    return hash.digest().subarray(0, Math.min(key.length + 5, 16));
  }
}

/** The crypt filter that a stream chooses itself, as its first filter (7.4.10); Identity unless it is named. */
function ownCryptFilter(dictionary: PdfDictionary): string | undefined {
  const filter = firstOf(dictionary.get('Filter'));
  if (!(filter instanceof PdfName) || filter.value !== 'Crypt') return undefined;
  const parameters = firstOf(dictionary.get('DecodeParms'));
  const name = parameters instanceof PdfDictionary ? parameters.get('Name') : undefined;
  return name instanceof PdfName ? name.value : 'Identity';
}

function firstOf(value: PdfValue | undefined): PdfValue | undefined {
  return isPdfArray(value) ? value[0] : value;
}

/** Of /P and, since revision 5, /Perms, both have to allow something: the first is not protected against changes. */
function userPermissions(dictionary: EncryptionDictionary, fileKey: FileKey | undefined): DocumentPermissions {
  const { revision, permissionBits, encryptedPermissions } = dictionary;
  const sealed = fileKey && revision >= 5 ? openPermissions(fileKey.key, encryptedPermissions) : undefined;
  return permissionsOf((permissionBits ?? sealed ?? 0) & (sealed ?? -1), revision);
}
