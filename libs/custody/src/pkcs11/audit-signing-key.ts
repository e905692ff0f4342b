import { AUDIT_KEY_LABEL } from './audit-key.ts';
import { callToken, type TokenSettings } from './root-key-setup.ts';

/** The key that signs the audit's checkpoints: a token object, ECDSA on P-256 with SHA-256. */
export interface AuditSigningKey {
  /** CKA_LABEL. */
  readonly label: string;
  readonly publicKeySpkiDer: Uint8Array;
  /** Was it made just now? */
  readonly made: boolean;
  /** @returns ECDSA-Sig-Value, DER. @throws CodedError `hsm-not-available` with the reason, for the operator */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** The audit key's label, where the token has one; nothing is made. @throws as {@link openAuditSigningKey} */
export async function findAuditSigningKey(settings: TokenSettings): Promise<string | undefined> {
  const isThere = await callToken(settings, (thread, address) => thread.call('hasAuditKey', address));
  return isThere ? AUDIT_KEY_LABEL : undefined;
}

/**
 * The token's audit key, made where it has none; callers on several nodes take turns, as for `initialiseToken`.
 * Each of its signatures has a token thread and a session of its own for its length: nothing is held that would keep
 * custody from starting Cryptoki anew after the HSM was lost. Where a custody is open, have that one sign.
 * @throws CodedError `hsm-not-available` with the reason, for the operator
 */
export async function openAuditSigningKey(settings: TokenSettings): Promise<AuditSigningKey> {
  const { publicKeySpkiDer, made } = await callToken(settings, (thread, address) =>
    thread.call('provideAuditKey', address),
  );
  return {
    label: AUDIT_KEY_LABEL,
    publicKeySpkiDer,
    made,
    sign: (message) => callToken(settings, (thread, address) => thread.call('signAuditAt', { ...address, message })),
  };
}
