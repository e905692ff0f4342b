import pkcs11js from 'pkcs11js';
import { CodedError } from '@cinnabar/core';
import type { WrappingMechanism } from '../protected-key.ts';
import { ckrOf, type Cryptoki } from './cryptoki.ts';
import { CURVE_OIDS, generatedKeyTemplate, WRAPPING_MECHANISM_TYPES } from './key-templates.ts';
import { findRootKeys, newest } from './root-keys.ts';

/** What the newest KEK lets out of the token again: a key that can be read, one that can only be wrapped anew, or neither. */
export type UnwrapVerdict = 'readable' | 'extractable' | 'kept';

const MAXIMUM_WRAPPED_LENGTH = 512;

/**
 * Unwraps a throw-away key as somebody would who wants to read it. An unwrap template on the KEK (CKA_UNWRAP_TEMPLATE,
 * set with the vendor's tool) forbids that: the HSM then refuses or keeps the key sensitive all the same.
 */
export function tryReadableUnwrap(
  cryptoki: Cryptoki,
  session: Buffer,
  wrappingMechanism: WrappingMechanism,
): UnwrapVerdict {
  const { keks } = findRootKeys(cryptoki, session);
  const kek = keks.get(newest(keks));
  if (kek === undefined) throw new CodedError('internal', 'the token has no key-encryption key');
  const mechanism = { mechanism: WRAPPING_MECHANISM_TYPES[wrappingMechanism] };
  const { publicKey, privateKey } = cryptoki.C_GenerateKeyPair(
    session,
    { mechanism: pkcs11js.CKM_EC_KEY_PAIR_GEN },
    [
      { type: pkcs11js.CKA_TOKEN, value: false },
      { type: pkcs11js.CKA_EC_PARAMS, value: CURVE_OIDS['EC-P256'] },
    ],
    generatedKeyTemplate('EC-P256'),
  );
  const made = [publicKey, privateKey];
  try {
    const wrapped = cryptoki.C_WrapKey(session, mechanism, kek, privateKey, Buffer.alloc(MAXIMUM_WRAPPED_LENGTH));
    const unwrap = (sensitive: boolean): Buffer | undefined => {
      try {
        const template = generatedKeyTemplate('EC-P256').map((attribute) =>
          attribute.type === pkcs11js.CKA_SENSITIVE ? { ...attribute, value: sensitive } : attribute,
        );
        const key = cryptoki.C_UnwrapKey(session, mechanism, kek, wrapped, template);
        made.push(key);
        return key;
      } catch (error) {
        if (ckrOf(error) === undefined) throw error;
        return undefined;
      }
    };
    const plain = unwrap(false);
    if (plain !== undefined && isReadable(cryptoki, session, plain)) return 'readable';
    const copy = unwrap(true);
    return copy !== undefined && isExtractable(cryptoki, session, copy) ? 'extractable' : 'kept';
  } finally {
    for (const key of made) cryptoki.C_DestroyObject(session, key);
  }
}

function isReadable(cryptoki: Cryptoki, session: Buffer, key: Buffer): boolean {
  try {
    const [value] = cryptoki.C_GetAttributeValue(session, key, [{ type: pkcs11js.CKA_VALUE }]);
    return (value?.value.length ?? 0) > 0;
  } catch (error) {
    if (ckrOf(error) === undefined) throw error;
    return false;
  }
}

function isExtractable(cryptoki: Cryptoki, session: Buffer, key: Buffer): boolean {
  const [extractable] = cryptoki.C_GetAttributeValue(session, key, [{ type: pkcs11js.CKA_EXTRACTABLE }]);
  return extractable?.value[0] === 1;
}
