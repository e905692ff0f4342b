export { findAuditSigningKey, openAuditSigningKey, type AuditSigningKey } from './audit-signing-key.ts';
export { IMPORT_WAYS, type ImportWay } from './import-settings.ts';
export { findPkcs11Module } from './module-path.ts';
export { openPkcs11Custody, Pkcs11Custody } from './open-pkcs11-custody.ts';
export type { Pkcs11Settings } from './pkcs11-settings.ts';
export {
  createNextHmacKey,
  createNextKeyEncryptionKey,
  destroyRootKey,
  examineUnwrapping,
  initialiseToken,
  listRootKeys,
  type TokenSettings,
} from './root-key-setup.ts';
export type { RootKey } from './root-key-checks.ts';
export type { RootKeyKind } from './root-keys.ts';
export { prepareSoftHsmToken, type SoftHsmToken, type SoftHsmTokenRequest } from './softhsm-token.ts';
export type { UnwrapVerdict } from './unwrap-trial.ts';
