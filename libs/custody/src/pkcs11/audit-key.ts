import { createHash, createPublicKey, verify } from 'node:crypto';
import pkcs11js from 'pkcs11js';
import { CodedError } from '@cinnabar/core';
import { ecdsaSignatureDer } from '../signing/ecdsa-signature.ts';
import type { Cryptoki } from './cryptoki.ts';
import { readPublicKey } from './key-generation.ts';
import { CURVE_OIDS } from './key-templates.ts';
import { checkUnreadable } from './root-keys.ts';

/** CKA_LABEL of both halves of the key that signs the audit: EC P-256, made in the token, never out of it. */
export const AUDIT_KEY_LABEL = 'cinnabar-audit-1';

export function hasAuditKey(cryptoki: Cryptoki, session: Buffer): boolean {
  return find(cryptoki, session, pkcs11js.CKO_PRIVATE_KEY) !== undefined;
}

/** SubjectPublicKeyInfo of the audit key, which is made where the token has none. */
export function provideAuditKey(cryptoki: Cryptoki, session: Buffer): { publicKeySpkiDer: Uint8Array; made: boolean } {
  const made = !hasAuditKey(cryptoki, session);
  if (made) generate(cryptoki, session);
  return { publicKeySpkiDer: publicKeyOf(cryptoki, session), made };
}

/**
 * ECDSA over the SHA-256 of `message`, checked with the public key before it leaves.
 * @returns ECDSA-Sig-Value, DER (RFC 3279 2.2.3)
 * @throws CodedError `internal` without the key, or for a signature that is not right
 */
export function signWithAuditKey(cryptoki: Cryptoki, session: Buffer, message: Uint8Array): Uint8Array<ArrayBuffer> {
  const privateKey = find(cryptoki, session, pkcs11js.CKO_PRIVATE_KEY);
  if (privateKey === undefined) throw unfit(`the token has no key ${AUDIT_KEY_LABEL}`);
  checkUnreadable(cryptoki, session, privateKey, AUDIT_KEY_LABEL);
  const digest = createHash('sha256').update(message).digest();
  cryptoki.C_SignInit(session, { mechanism: pkcs11js.CKM_ECDSA }, privateKey);
  // Memory of its own: the answer moves to another thread.
  const signature = Uint8Array.from(ecdsaSignatureDer(cryptoki.C_Sign(session, digest, Buffer.alloc(64))));
  const publicKey = createPublicKey({
    key: Buffer.from(publicKeyOf(cryptoki, session)),
    format: 'der',
    type: 'spki',
  });
  if (!verify('sha256', message, publicKey, signature)) throw unfit('the token made an audit signature that is wrong');
  return signature;
}

function publicKeyOf(cryptoki: Cryptoki, session: Buffer): Uint8Array {
  const publicKey = find(cryptoki, session, pkcs11js.CKO_PUBLIC_KEY);
  if (publicKey === undefined) throw unfit(`the token does not show the public half of ${AUDIT_KEY_LABEL}`);
  return readPublicKey(cryptoki, session, publicKey, 'EC-P256');
}

function generate(cryptoki: Cryptoki, session: Buffer): void {
  const label = { type: pkcs11js.CKA_LABEL, value: AUDIT_KEY_LABEL };
  const stays = { type: pkcs11js.CKA_TOKEN, value: true };
  const fixed = { type: pkcs11js.CKA_MODIFIABLE, value: false };
  cryptoki.C_GenerateKeyPair(
    session,
    { mechanism: pkcs11js.CKM_EC_KEY_PAIR_GEN },
    [
      label,
      stays,
      fixed,
      { type: pkcs11js.CKA_PRIVATE, value: false },
      { type: pkcs11js.CKA_VERIFY, value: true },
      { type: pkcs11js.CKA_EC_PARAMS, value: CURVE_OIDS['EC-P256'] },
    ],
    [
      label,
      stays,
      fixed,
      { type: pkcs11js.CKA_PRIVATE, value: true },
      { type: pkcs11js.CKA_SENSITIVE, value: true },
      { type: pkcs11js.CKA_EXTRACTABLE, value: false },
      { type: pkcs11js.CKA_SIGN, value: true },
      { type: pkcs11js.CKA_DECRYPT, value: false },
      { type: pkcs11js.CKA_UNWRAP, value: false },
      { type: pkcs11js.CKA_DERIVE, value: false },
    ],
  );
}

function find(cryptoki: Cryptoki, session: Buffer, objectClass: number): Buffer | undefined {
  cryptoki.C_FindObjectsInit(session, [
    { type: pkcs11js.CKA_CLASS, value: objectClass },
    { type: pkcs11js.CKA_TOKEN, value: true },
    { type: pkcs11js.CKA_LABEL, value: AUDIT_KEY_LABEL },
  ]);
  let found: Buffer[];
  try {
    found = cryptoki.C_FindObjects(session, 2);
  } finally {
    cryptoki.C_FindObjectsFinal(session);
  }
  if (found.length > 1) throw unfit(`two keys on the token are called ${AUDIT_KEY_LABEL}`);
  return found[0];
}

function unfit(reason: string): CodedError {
  return new CodedError('internal', reason);
}
