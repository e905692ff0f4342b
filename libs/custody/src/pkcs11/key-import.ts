import { CodedError } from '@cinnabar/core';
import type { PrivateKeyParts } from '../pkcs8.ts';
import type { WrappingMechanism } from '../protected-key.ts';
import type { Cryptoki } from './cryptoki.ts';
import type { ImportWay } from './import-settings.ts';
import { importTemplate } from './key-templates.ts';
import { TransportKey } from './transport-key.ts';

/** Brings private keys into the HSM, as session objects that wait to be wrapped. Leaves the parts alone. */
export type KeyImport = (parts: PrivateKeyParts) => Buffer;

/** @throws Error of pkcs11js when the token does not go along */
export function keyImport(
  cryptoki: Cryptoki,
  session: Buffer,
  importBy: ImportWay,
  mechanism: WrappingMechanism,
): KeyImport {
  if (importBy === 'create-object') return (parts) => cryptoki.C_CreateObject(session, importTemplate(parts));
  if (importBy === 'transport-key') {
    const transportKey = new TransportKey(cryptoki, session, mechanism);
    return (parts) => transportKey.import(parts);
  }
  return () => {
    throw new CodedError('not-supported', 'private keys are not imported into this HSM');
  };
}
