import { createHash, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import pkcs11js from 'pkcs11js';
import { CodedError, zero } from '@cinnabar/core';
import { copyParts } from '../pkcs8-parts.ts';
import { readPkcs8, type PrivateKeyParts } from '../pkcs8.ts';
import { asBuffer, type Handle } from './cryptoki.ts';
import type { TokenSessions } from './token-sessions.ts';

interface Steps {
  /** Imports and unlocks; zeroes the parts. */
  readonly unlockImported: (parts: PrivateKeyParts) => Handle;
  readonly destroy: (handle: Handle) => void;
}

/**
 * HSMs differ in how they let private keys in: a throw-away key goes through the whole way before any real one does,
 * and its signature is judged by OpenSSL.
 * @throws CodedError `internal`, Error of pkcs11js
 */
export function proveImport({ cryptoki, service }: TokenSessions, { unlockImported, destroy }: Steps): void {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const pkcs8Der = privateKey.export({ format: 'der', type: 'pkcs8' });
  const message = randomBytes(32);
  const handle = unlockImported(copyParts(readPkcs8(pkcs8Der)));
  zero(pkcs8Der);
  try {
    cryptoki.C_SignInit(service, { mechanism: pkcs11js.CKM_ECDSA }, asBuffer(handle));
    const signature = cryptoki.C_Sign(service, createHash('sha256').update(message).digest(), Buffer.alloc(64));
    if (verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)) return;
  } finally {
    destroy(handle);
  }
  throw new CodedError('internal', 'the token signs wrongly with an imported key');
}
