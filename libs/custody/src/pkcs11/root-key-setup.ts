import { CodedError } from '@cinnabar/core';
import { enterModule, leaveModule } from './module-users.ts';
import { resolvePkcs11Settings, type Pkcs11Settings } from './pkcs11-settings.ts';
import { kekLabel } from './root-keys.ts';
import type { TokenAddress } from './token-calls.ts';
import { TokenThread } from './token-thread.ts';
import { withTimeout } from './with-timeout.ts';

/** Which token, and how to log in. */
export type TokenSettings = Pick<Pkcs11Settings, 'modulePath' | 'tokenLabel' | 'readPin' | 'callTimeoutMs'>;

/**
 * First start: creates the KEK and the HMAC key on a token that has none; does nothing on one that has them.
 * PKCS#11 knows no uniqueness: callers on several nodes take turns (a database lock).
 * @returns labels of the keys created
 * @throws CodedError `hsm-not-available` with the reason, for the operator
 */
export function initialiseToken(settings: TokenSettings): Promise<readonly string[]> {
  return createRootKeys(settings, 'missing');
}

/** One more KEK. Nodes learn of it at their next start or by `refreshRootKeys`: new keys go under it, old ones move there at their next unlock. */
export function createNextKeyEncryptionKey(settings: TokenSettings): Promise<readonly string[]> {
  return createRootKeys(settings, 'next-kek');
}

/** A KEK on the token. */
export interface KeyEncryptionKey {
  readonly version: number;
  /** CKA_LABEL. */
  readonly label: string;
  /** Does it wrap new keys? The newest one does. */
  readonly current: boolean;
}

/** All KEKs, oldest first. @throws CodedError `hsm-not-available` with the reason, for the operator */
export async function listKeyEncryptionKeys(settings: TokenSettings): Promise<readonly KeyEncryptionKey[]> {
  const versions = await callToken(settings, (thread, address) => thread.call('listKeks', address));
  const newest = Math.max(...versions);
  return versions
    .toSorted((one, other) => one - other)
    .map((version) => ({ version, label: kekLabel(version), current: version === newest }));
}

/**
 * Destroys a KEK for good: every key that is still under it is lost. That none is, or that two people want it so
 * nevertheless, is the caller's to make sure of.
 * @throws CodedError `not-found`, `refused-in-state` for the newest, `hsm-not-available` with the reason
 */
export async function destroyKeyEncryptionKey(settings: TokenSettings, version: number): Promise<void> {
  const kek = (await listKeyEncryptionKeys(settings)).find((each) => each.version === version);
  if (kek === undefined) throw new CodedError('not-found', `the token has no key-encryption key number ${version}`);
  if (kek.current) throw new CodedError('refused-in-state', 'the newest key-encryption key cannot be destroyed');
  await callToken(settings, (thread, address) => thread.call('destroyKek', { ...address, kekVersion: version }));
}

function createRootKeys(settings: TokenSettings, what: 'missing' | 'next-kek'): Promise<readonly string[]> {
  return callToken(settings, (thread, address) => thread.call('createRootKeys', { ...address, what }));
}

/** One call on a token thread of its own, beside whatever custody has open. @throws CodedError `hsm-not-available` */
export async function callToken<T>(
  settings: TokenSettings,
  call: (thread: TokenThread, address: TokenAddress) => Promise<T>,
): Promise<T> {
  const { modulePath, tokenLabel, readPin, callTimeoutMs } = resolvePkcs11Settings(settings);
  const thread = new TokenThread();
  enterModule(modulePath);
  try {
    return await withTimeout(call(thread, { modulePath, tokenLabel, pin: readPin() }), callTimeoutMs);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error';
    throw new CodedError('hsm-not-available', `the root keys cannot be reached: ${reason}`, { cause: error });
  } finally {
    const finalize = leaveModule(modulePath);
    await withTimeout(thread.call('close', { finalize }), callTimeoutMs);
    await thread.close();
  }
}
