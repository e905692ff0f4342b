import pkcs11js from 'pkcs11js';
import { CodedError } from '@cinnabar/core';
import { ckrOf, type Cryptoki } from './cryptoki.ts';
import { hmacKeyTemplate, kekTemplate } from './key-templates.ts';

const KEK_LABEL = 'cinnabar-kek-';
const HMAC_LABEL = 'cinnabar-slot-hmac-';
/** More secret keys than this on one token is not a token of ours. */
const MAXIMUM_SECRET_KEYS = 1_000;

/** The token objects that everything else hangs on: KEKs and HMAC keys, by the number at the end of their labels. */
export interface RootKeys {
  readonly keks: ReadonlyMap<number, Buffer>;
  readonly hmacKeys: ReadonlyMap<number, Buffer>;
}

/** @throws CodedError `internal` when two keys bear one label, or one of them could be read out of the token */
export function findRootKeys(cryptoki: Cryptoki, session: Buffer): RootKeys {
  const keks = new Map<number, Buffer>();
  const hmacKeys = new Map<number, Buffer>();
  for (const handle of findSecretKeys(cryptoki, session)) {
    const label = readLabel(cryptoki, session, handle);
    for (const [prefix, keys] of [
      [KEK_LABEL, keks],
      [HMAC_LABEL, hmacKeys],
    ] as const) {
      const version = versionOf(label, prefix);
      if (version === undefined) continue;
      if (keys.has(version)) throw unfit(`two keys on the token are called ${label}`);
      checkUnreadable(cryptoki, session, handle, label);
      keys.set(version, handle);
    }
  }
  return { keks, hmacKeys };
}

/** What a root key does: wrap private keys (KEK), or turn PINs into slot keys (HMAC). */
export type RootKeyKind = 'kek' | 'hmac';

/** Creates what is missing of the first KEK and the first HMAC key. Returns the labels of what was created. */
export function createMissingRootKeys(cryptoki: Cryptoki, session: Buffer): string[] {
  const { keks, hmacKeys } = findRootKeys(cryptoki, session);
  const created: string[] = [];
  if (keks.size === 0) created.push(createKek(cryptoki, session, 1));
  if (hmacKeys.size === 0) created.push(createHmacKey(cryptoki, session, 1));
  return created;
}

/** Creates a root key with a number above all that the token has and above `above`. Nodes use it from their next start or refresh on. Returns its label. */
export function createNextRootKey(cryptoki: Cryptoki, session: Buffer, kind: RootKeyKind, above: number): string {
  const next = Math.max(newest(keysOf(findRootKeys(cryptoki, session), kind)), above) + 1;
  return kind === 'kek' ? createKek(cryptoki, session, next) : createHmacKey(cryptoki, session, next);
}

/** Destroys a root key; what hangs on it is lost. @throws CodedError `internal` for the newest or an unknown one */
export function destroyRootKey(cryptoki: Cryptoki, session: Buffer, kind: RootKeyKind, version: number): undefined {
  const keys = keysOf(findRootKeys(cryptoki, session), kind);
  const key = keys.get(version);
  if (key === undefined || version === newest(keys)) {
    throw unfit(`the key ${rootKeyLabel(kind, version)} cannot be destroyed`);
  }
  cryptoki.C_DestroyObject(session, key);
}

/** The highest number, or 0. */
export function newest(keys: ReadonlyMap<number, unknown>): number {
  return Math.max(0, ...keys.keys());
}

export function rootKeyLabel(kind: RootKeyKind, version: number): string {
  return `${kind === 'kek' ? KEK_LABEL : HMAC_LABEL}${version}`;
}

export function keysOf({ keks, hmacKeys }: RootKeys, kind: RootKeyKind): ReadonlyMap<number, Buffer> {
  return kind === 'kek' ? keks : hmacKeys;
}

function createKek(cryptoki: Cryptoki, session: Buffer, version: number): string {
  const label = rootKeyLabel('kek', version);
  cryptoki.C_GenerateKey(session, { mechanism: pkcs11js.CKM_AES_KEY_GEN }, kekTemplate(label));
  return label;
}

function createHmacKey(cryptoki: Cryptoki, session: Buffer, version: number): string {
  const label = rootKeyLabel('hmac', version);
  cryptoki.C_GenerateKey(session, { mechanism: pkcs11js.CKM_GENERIC_SECRET_KEY_GEN }, hmacKeyTemplate(label));
  return label;
}

function findSecretKeys(cryptoki: Cryptoki, session: Buffer): Buffer[] {
  cryptoki.C_FindObjectsInit(session, [
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_SECRET_KEY },
    { type: pkcs11js.CKA_TOKEN, value: true },
  ]);
  try {
    return cryptoki.C_FindObjects(session, MAXIMUM_SECRET_KEYS);
  } finally {
    cryptoki.C_FindObjectsFinal(session);
  }
}

function readLabel(cryptoki: Cryptoki, session: Buffer, handle: Buffer): string {
  try {
    const [label] = cryptoki.C_GetAttributeValue(session, handle, [{ type: pkcs11js.CKA_LABEL }]);
    return label?.value.toString('utf8') ?? '';
  } catch (error) {
    // A key of someone else may have no label; it is not ours then.
    if (ckrOf(error) === pkcs11js.CKR_ATTRIBUTE_TYPE_INVALID) return '';
    throw error;
  }
}

function versionOf(label: string, prefix: string): number | undefined {
  const digits = label.startsWith(prefix) ? label.slice(prefix.length) : '';
  return /^[1-9]\d{0,5}$/.test(digits) ? Number(digits) : undefined;
}

/** @throws CodedError `internal` for a key that is not both sensitive and unextractable */
export function checkUnreadable(cryptoki: Cryptoki, session: Buffer, handle: Buffer, label: string): void {
  const [sensitive, extractable] = cryptoki.C_GetAttributeValue(session, handle, [
    { type: pkcs11js.CKA_SENSITIVE },
    { type: pkcs11js.CKA_EXTRACTABLE },
  ]);
  if (sensitive?.value[0] !== 1 || extractable?.value[0] !== 0) {
    throw unfit(`the key ${label} can be read out of the token`);
  }
}

function unfit(reason: string): CodedError {
  return new CodedError('internal', reason);
}
