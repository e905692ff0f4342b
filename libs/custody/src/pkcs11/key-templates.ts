import pkcs11js from 'pkcs11js';
import type { PrivateKeyParts } from '../pkcs8.ts';
import type { KeyType, WrappingMechanism } from '../protected-key.ts';
import { asBuffer } from './cryptoki.ts';

export type Template = Parameters<InstanceType<typeof pkcs11js.PKCS11>['C_CreateObject']>[1];

/** CK_MECHANISM_TYPE of the wrapping mechanisms; CKM_AES_KEY_WRAP_KWP is of PKCS#11 3.0 and not among pkcs11js' names. */
export const WRAPPING_MECHANISM_TYPES: Readonly<Record<WrappingMechanism, number>> = {
  CKM_AES_KEY_WRAP_PAD: 0x210a,
  CKM_AES_KEY_WRAP_KWP: 0x210b,
};

/** OBJECT IDENTIFIERs of the named curves, whole DER: CKA_EC_PARAMS. */
export const CURVE_OIDS: Readonly<Record<Exclude<KeyType, 'RSA'>, Buffer>> = {
  'EC-P256': Buffer.from('06082a8648ce3d030107', 'hex'),
  'EC-P384': Buffer.from('06052b81040022', 'hex'),
  'EC-P521': Buffer.from('06052b81040023', 'hex'),
};

/** A key on its way in: extractable for the moment in which it is wrapped, then destroyed. */
export function importTemplate(parts: PrivateKeyParts): Template {
  return [
    ...privateKey(parts.keyType),
    { type: pkcs11js.CKA_EXTRACTABLE, value: true },
    ...(parts.keyType === 'RSA'
      ? [
          { type: pkcs11js.CKA_MODULUS, value: asBuffer(parts.modulus) },
          { type: pkcs11js.CKA_PUBLIC_EXPONENT, value: asBuffer(parts.publicExponent) },
          { type: pkcs11js.CKA_PRIVATE_EXPONENT, value: asBuffer(parts.privateExponent) },
          { type: pkcs11js.CKA_PRIME_1, value: asBuffer(parts.prime1) },
          { type: pkcs11js.CKA_PRIME_2, value: asBuffer(parts.prime2) },
          { type: pkcs11js.CKA_EXPONENT_1, value: asBuffer(parts.exponent1) },
          { type: pkcs11js.CKA_EXPONENT_2, value: asBuffer(parts.exponent2) },
          { type: pkcs11js.CKA_COEFFICIENT, value: asBuffer(parts.coefficient) },
        ]
      : [
          { type: pkcs11js.CKA_EC_PARAMS, value: asBuffer(parts.curveOidDer) },
          { type: pkcs11js.CKA_VALUE, value: asBuffer(parts.scalar) },
        ]),
  ];
}

/** A key that the HSM makes: like one on its way in, never readable, extractable only to be wrapped. */
export function generatedKeyTemplate(keyType: KeyType): Template {
  return [...privateKey(keyType), { type: pkcs11js.CKA_EXTRACTABLE, value: true }];
}

/** An unlocked key: signs, and never leaves the HSM again. */
export function unlockTemplate(keyType: KeyType): Template {
  return [...privateKey(keyType), { type: pkcs11js.CKA_EXTRACTABLE, value: false }];
}

/** A certificate's EC public key, for the check of our own signatures. */
export function publicKeyTemplate(keyType: Exclude<KeyType, 'RSA'>, point: Uint8Array): Template {
  return [
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_PUBLIC_KEY },
    { type: pkcs11js.CKA_KEY_TYPE, value: pkcs11js.CKK_EC },
    { type: pkcs11js.CKA_TOKEN, value: false },
    { type: pkcs11js.CKA_PRIVATE, value: false },
    { type: pkcs11js.CKA_VERIFY, value: true },
    { type: pkcs11js.CKA_EC_PARAMS, value: CURVE_OIDS[keyType] },
    { type: pkcs11js.CKA_EC_POINT, value: octetString(point) },
  ];
}

/** A key-encryption key: wraps and unwraps, and must not decrypt, or a wrapped key could be read with it. */
export function kekTemplate(label: string): Template {
  return [
    ...tokenSecret(label, pkcs11js.CKK_AES),
    { type: pkcs11js.CKA_WRAP, value: true },
    { type: pkcs11js.CKA_UNWRAP, value: true },
    { type: pkcs11js.CKA_ENCRYPT, value: false },
    { type: pkcs11js.CKA_DECRYPT, value: false },
    { type: pkcs11js.CKA_SIGN, value: false },
    { type: pkcs11js.CKA_VERIFY, value: false },
  ];
}

export function hmacKeyTemplate(label: string): Template {
  return [
    ...tokenSecret(label, pkcs11js.CKK_GENERIC_SECRET),
    { type: pkcs11js.CKA_SIGN, value: true },
    { type: pkcs11js.CKA_VERIFY, value: false },
    { type: pkcs11js.CKA_WRAP, value: false },
    { type: pkcs11js.CKA_UNWRAP, value: false },
    { type: pkcs11js.CKA_ENCRYPT, value: false },
    { type: pkcs11js.CKA_DECRYPT, value: false },
    { type: pkcs11js.CKA_DERIVE, value: false },
  ];
}

function privateKey(keyType: KeyType): Template {
  return [
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_PRIVATE_KEY },
    { type: pkcs11js.CKA_KEY_TYPE, value: keyType === 'RSA' ? pkcs11js.CKK_RSA : pkcs11js.CKK_EC },
    { type: pkcs11js.CKA_TOKEN, value: false },
    { type: pkcs11js.CKA_PRIVATE, value: true },
    { type: pkcs11js.CKA_SENSITIVE, value: true },
    { type: pkcs11js.CKA_SIGN, value: true },
    { type: pkcs11js.CKA_DECRYPT, value: false },
    { type: pkcs11js.CKA_UNWRAP, value: false },
    { type: pkcs11js.CKA_DERIVE, value: false },
  ];
}

function tokenSecret(label: string, keyType: number): Template {
  return [
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_SECRET_KEY },
    { type: pkcs11js.CKA_KEY_TYPE, value: keyType },
    { type: pkcs11js.CKA_VALUE_LEN, value: 32 },
    { type: pkcs11js.CKA_LABEL, value: label },
    { type: pkcs11js.CKA_TOKEN, value: true },
    { type: pkcs11js.CKA_PRIVATE, value: true },
    { type: pkcs11js.CKA_SENSITIVE, value: true },
    { type: pkcs11js.CKA_EXTRACTABLE, value: false },
    { type: pkcs11js.CKA_MODIFIABLE, value: false },
  ];
}

/** CKA_EC_POINT is the DER OCTET STRING of the point (PKCS#11 2.40 2.3.3); up to 133 octets. */
function octetString(point: Uint8Array): Buffer {
  const header = point.length < 0x80 ? [0x04, point.length] : [0x04, 0x81, point.length];
  return Buffer.concat([Uint8Array.from(header), point]);
}
