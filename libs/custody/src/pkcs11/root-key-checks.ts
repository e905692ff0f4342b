import { createHash } from 'node:crypto';
import pkcs11js from 'pkcs11js';
import type { WrappingMechanism } from '../protected-key.ts';
import { ckrOf, type Cryptoki } from './cryptoki.ts';
import { WRAPPING_MECHANISM_TYPES } from './key-templates.ts';
import { findRootKeys, keysOf, rootKeyLabel, type RootKeyKind } from './root-keys.ts';

/** Sets the check value apart from everything that is made into a slot key. */
const CHECK_DOMAIN = Buffer.from('cinnabar/root-key-check/1', 'utf8');
const CHECK_VALUE_LENGTH = 16;
const MAXIMUM_WRAPPED_LENGTH = 64;

/** A root key on the token, and what tells it from another one of its number. */
export interface RootKey {
  readonly kind: RootKeyKind;
  readonly version: number;
  /** CKA_LABEL. */
  readonly label: string;
  /**
   * 16 octets made with the key, of no use to whoever wants to know it: the HMAC of a fixed text, or the hash of a fixed
   * key wrapped. `undefined` where the HSM makes neither.
   */
  readonly checkValue: Uint8Array | undefined;
}

/** All KEKs and HMAC keys, each kind by its number. */
export function describeRootKeys(cryptoki: Cryptoki, session: Buffer, mechanism: WrappingMechanism): RootKey[] {
  const rootKeys = findRootKeys(cryptoki, session);
  const check: Record<RootKeyKind, (key: Buffer) => Uint8Array> = {
    hmac: (key) => checkByHmac(cryptoki, session, key),
    kek: (key) => checkByWrapping(cryptoki, session, key, mechanism),
  };
  return (['kek', 'hmac'] as const).flatMap((kind) =>
    [...keysOf(rootKeys, kind)]
      .toSorted(([one], [other]) => one - other)
      .map(([version, key]) => ({
        kind,
        version,
        label: rootKeyLabel(kind, version),
        checkValue: unlessRefused(() => check[kind](key)),
      })),
  );
}

function checkByHmac(cryptoki: Cryptoki, session: Buffer, key: Buffer): Uint8Array {
  cryptoki.C_SignInit(session, { mechanism: pkcs11js.CKM_SHA256_HMAC }, key);
  return Uint8Array.from(cryptoki.C_Sign(session, CHECK_DOMAIN, Buffer.alloc(32)).subarray(0, CHECK_VALUE_LENGTH));
}

/** RFC 5649 knows no randomness: a fixed key, wrapped, is always the same octets. */
function checkByWrapping(
  cryptoki: Cryptoki,
  session: Buffer,
  kek: Buffer,
  wrappingMechanism: WrappingMechanism,
): Uint8Array {
  const known = cryptoki.C_CreateObject(session, [
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_SECRET_KEY },
    { type: pkcs11js.CKA_KEY_TYPE, value: pkcs11js.CKK_GENERIC_SECRET },
    { type: pkcs11js.CKA_TOKEN, value: false },
    { type: pkcs11js.CKA_EXTRACTABLE, value: true },
    { type: pkcs11js.CKA_VALUE, value: createHash('sha256').update(CHECK_DOMAIN).digest() },
  ]);
  try {
    const mechanism = { mechanism: WRAPPING_MECHANISM_TYPES[wrappingMechanism] };
    const wrapped = cryptoki.C_WrapKey(session, mechanism, kek, known, Buffer.alloc(MAXIMUM_WRAPPED_LENGTH));
    // A hash, so that no wrapped key of known content lies about.
    return Uint8Array.from(createHash('sha256').update(wrapped).digest().subarray(0, CHECK_VALUE_LENGTH));
  } finally {
    cryptoki.C_DestroyObject(session, known);
  }
}

/** HSMs that let no secret key in, or wrap none but private ones, leave their KEKs without a check value. */
function unlessRefused(check: () => Uint8Array): Uint8Array | undefined {
  try {
    return check();
  } catch (error) {
    if (ckrOf(error) === undefined) throw error;
    return undefined;
  }
}
