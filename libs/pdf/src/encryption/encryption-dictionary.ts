import { CodedError } from '@cinnabar/core';
import type { Resolve } from '../filters/filter-chain.ts';
import { PdfDictionary, PdfName, PdfString } from '../objects/pdf-object.ts';
import { unreadable } from '../unreadable.ts';

/** How the bytes of a string or stream are encrypted. */
export type CipherMethod = 'identity' | 'rc4' | 'aes-128' | 'aes-256';

/** The encryption dictionary of the standard security handler (ISO 32000-2 tables 20 and 21), read and checked. */
export interface EncryptionDictionary {
  readonly revision: 2 | 3 | 4 | 5 | 6;
  /** Lengths of the file key to try, in bytes; the likeliest first. */
  readonly keyLengths: readonly number[];
  /** /O, /U: 32 bytes up to revision 4, 48 after. */
  readonly owner: Uint8Array;
  readonly user: Uint8Array;
  /** /OE, /UE, /Perms: revisions 5 and 6. */
  readonly ownerEncrypted: Uint8Array;
  readonly userEncrypted: Uint8Array;
  readonly encryptedPermissions: Uint8Array;
  /** /P as a signed 32-bit integer; undefined where it is no number. */
  readonly permissionBits: number | undefined;
  readonly encryptsMetadata: boolean;
  readonly streams: CipherMethod;
  readonly strings: CipherMethod;
  readonly embeddedFiles: CipherMethod;
  /** The crypt filters by name, for streams that choose one themselves (7.4.10). */
  readonly cryptFilters: ReadonlyMap<string, CipherMethod>;
}

/** Other handlers, public-key ones (7.6.5) above all, are `not-supported`; a damaged dictionary is `document-unreadable`. */
export function readEncryptionDictionary(dictionary: PdfDictionary, resolve: Resolve): EncryptionDictionary {
  const filter = nameOf(dictionary, 'Filter', resolve);
  if (filter !== 'Standard') {
    const kind = filter === 'Adobe.PubSec' || filter === 'Adobe.PPKLite' ? 'public keys' : 'a security handler';
    throw new CodedError('not-supported', `document: it is encrypted with ${kind} that cannot be used here`);
  }
  const version = integerOf(dictionary, 'V', resolve) ?? 0;
  const revision = integerOf(dictionary, 'R', resolve) ?? 0;
  if (![1, 2, 4, 5].includes(version) || !isRevision(revision)) {
    throw new CodedError('not-supported', `document: encryption V=${version} R=${revision}`);
  }
  const hashBytes = revision >= 5 ? 48 : 32;
  const encryptsMetadata = resolve(dictionary.get('EncryptMetadata')) !== false;
  return {
    revision,
    keyLengths: keyLengths(version, integerOf(dictionary, 'Length', resolve)),
    owner: bytesOf(dictionary, 'O', hashBytes, resolve),
    user: bytesOf(dictionary, 'U', hashBytes, resolve),
    ownerEncrypted: revision >= 5 ? bytesOf(dictionary, 'OE', 32, resolve) : new Uint8Array(0),
    userEncrypted: revision >= 5 ? bytesOf(dictionary, 'UE', 32, resolve) : new Uint8Array(0),
    encryptedPermissions: revision >= 5 ? bytesOf(dictionary, 'Perms', 16, resolve) : new Uint8Array(0),
    permissionBits: signed32(integerOf(dictionary, 'P', resolve)),
    encryptsMetadata: version < 4 || encryptsMetadata,
    ...methodsOf(dictionary, version, resolve),
  };
}

function methodsOf(
  dictionary: PdfDictionary,
  version: number,
  resolve: Resolve,
): Pick<EncryptionDictionary, 'streams' | 'strings' | 'embeddedFiles' | 'cryptFilters'> {
  if (version < 4) return { streams: 'rc4', strings: 'rc4', embeddedFiles: 'rc4', cryptFilters: new Map() };
  const cryptFilters = new Map<string, CipherMethod>([['Identity', 'identity']]);
  const filters = resolve(dictionary.get('CF'));
  for (const name of filters instanceof PdfDictionary ? filters.entries.keys() : []) {
    const filter = filters instanceof PdfDictionary ? resolve(filters.get(name)) : null;
    if (filter instanceof PdfDictionary && name !== 'Identity') {
      cryptFilters.set(name, methodOf(nameOf(filter, 'CFM', resolve) ?? 'None'));
    }
  }
  const chosen = (key: string, fallback: string): CipherMethod => {
    const method = cryptFilters.get(nameOf(dictionary, key, resolve) ?? fallback);
    if (method === undefined) throw unreadable('its encryption names a crypt filter that is not there');
    return method;
  };
  const streamFilter = nameOf(dictionary, 'StmF', resolve) ?? 'Identity';
  return {
    streams: chosen('StmF', 'Identity'),
    strings: chosen('StrF', 'Identity'),
    embeddedFiles: chosen('EFF', streamFilter),
    cryptFilters,
  };
}

/** Table 25. */
function methodOf(name: string): CipherMethod {
  switch (name) {
    case 'None':
      return 'identity';
    case 'V2':
      return 'rc4';
    case 'AESV2':
      return 'aes-128';
    case 'AESV3':
      return 'aes-256';
    default:
      throw new CodedError('not-supported', 'document: its encryption method is not known');
  }
}

function isRevision(revision: number): revision is EncryptionDictionary['revision'] {
  return revision >= 2 && revision <= 6;
}

/** /Length is in bits; version 1 always has 40, version 4 has 128 whatever some writers say, version 5 has 256. */
function keyLengths(version: number, lengthBits: number | undefined): readonly number[] {
  if (version === 1) return [5];
  if (version === 5) return [32];
  const stated = lengthBits !== undefined && lengthBits >= 40 && lengthBits <= 128 ? lengthBits >> 3 : 5;
  return version === 4 ? [16, ...(stated === 16 ? [] : [stated])] : [stated, ...(stated === 16 ? [] : [16])];
}

function bytesOf(dictionary: PdfDictionary, key: string, length: number, resolve: Resolve): Uint8Array {
  const value = resolve(dictionary.get(key));
  // Some writers put zeros behind the value; none may be shorter.
  if (!(value instanceof PdfString) || value.bytes.length < length)
    throw unreadable('its encryption dictionary is damaged');
  return value.bytes.subarray(0, length);
}

function nameOf(dictionary: PdfDictionary, key: string, resolve: Resolve): string | undefined {
  const value = resolve(dictionary.get(key));
  return value instanceof PdfName ? value.value : undefined;
}

function integerOf(dictionary: PdfDictionary, key: string, resolve: Resolve): number | undefined {
  const value = resolve(dictionary.get(key));
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}

/** Some writers print /P without its sign. */
const signed32 = (value: number | undefined): number | undefined => (value === undefined ? undefined : value | 0);
