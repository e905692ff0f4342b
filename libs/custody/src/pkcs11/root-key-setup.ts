import { CodedError } from '@cinnabar/core';
import { enterModule, inTurn, leaveModule } from './module-users.ts';
import { resolvePkcs11Settings, type Pkcs11Settings } from './pkcs11-settings.ts';
import type { RootKey } from './root-key-checks.ts';
import { rootKeyLabel, type RootKeyKind } from './root-keys.ts';
import type { TokenAddress } from './token-calls.ts';
import { TokenThread } from './token-thread.ts';
import type { UnwrapVerdict } from './unwrap-trial.ts';
import { hsmDoesNotAnswer, withTimeout } from './with-timeout.ts';

/** Which token, and how to log in. */
export type TokenSettings = Pick<
  Pkcs11Settings,
  'modulePath' | 'tokenLabel' | 'readPin' | 'callTimeoutMs' | 'wrappingMechanism'
>;

/**
 * First start: creates the KEK and the HMAC key on a token that has none; does nothing on one that has them.
 * PKCS#11 knows no uniqueness: callers on several nodes take turns (a database lock).
 * @returns labels of the keys created
 * @throws CodedError `hsm-not-available` with the reason, for the operator
 */
export function initialiseToken(settings: TokenSettings): Promise<readonly string[]> {
  return callToken(settings, (thread, address) => thread.call('createMissingRootKeys', address));
}

/**
 * One more KEK. Nodes learn of it at their next start or by `refreshRootKeys`: new keys go under it, old ones move there
 * at their next unlock.
 * @param above a number that was given out before, though the token does not show it; the new one is higher
 * @returns its label
 */
export function createNextKeyEncryptionKey(settings: TokenSettings, above = 0): Promise<string> {
  return callToken(settings, (thread, address) => thread.call('createNextRootKey', { ...address, kind: 'kek', above }));
}

/** One more HMAC key: new PINs are sealed by it, present ones stay with theirs until they are changed. As for KEKs. */
export function createNextHmacKey(settings: TokenSettings, above = 0): Promise<string> {
  return callToken(settings, (thread, address) =>
    thread.call('createNextRootKey', { ...address, kind: 'hmac', above }),
  );
}

/** All KEKs and HMAC keys, each kind oldest first. @throws CodedError `hsm-not-available` with the reason, for the operator */
export function listRootKeys(settings: TokenSettings): Promise<readonly RootKey[]> {
  const { wrappingMechanism } = resolvePkcs11Settings(settings);
  return callToken(settings, (thread, address) => thread.call('listRootKeys', { ...address, wrappingMechanism }));
}

/**
 * Destroys a root key for good: every key under that KEK, or every slot sealed by that HMAC key, is lost. That there is
 * none, or that two people want it so nevertheless, is the caller's to make sure of.
 * @throws CodedError `not-found`, `refused-in-state` for the newest, `hsm-not-available` with the reason
 */
export async function destroyRootKey(settings: TokenSettings, kind: RootKeyKind, version: number): Promise<void> {
  const versions = (await listRootKeys(settings)).filter((each) => each.kind === kind).map((each) => each.version);
  const label = rootKeyLabel(kind, version);
  if (!versions.includes(version)) throw new CodedError('not-found', `the token has no key ${label}`);
  if (version === Math.max(...versions)) {
    throw new CodedError('refused-in-state', `${label} is the newest of its kind and cannot be destroyed`);
  }
  await callToken(settings, (thread, address) => thread.call('destroyRootKey', { ...address, kind, version }));
}

/** What the newest KEK lets out of the token again, tried with a throw-away key. @throws CodedError `hsm-not-available` */
export function examineUnwrapping(settings: TokenSettings): Promise<UnwrapVerdict> {
  const { wrappingMechanism } = resolvePkcs11Settings(settings);
  return callToken(settings, (thread, address) => thread.call('tryReadableUnwrap', { ...address, wrappingMechanism }));
}

/** One call on a token thread of its own, beside whatever custody has open. @throws CodedError `hsm-not-available` */
export async function callToken<T>(
  settings: TokenSettings,
  call: (thread: TokenThread, address: TokenAddress) => Promise<T>,
): Promise<T> {
  const { modulePath, tokenLabel, readPin, callTimeoutMs } = resolvePkcs11Settings(settings);
  const thread = new TokenThread();
  await enterModule(modulePath, callTimeoutMs);
  let awaited = true;
  try {
    const called = inTurn(modulePath, () => {
      if (!awaited) throw hsmDoesNotAnswer();
      return call(thread, { modulePath, tokenLabel, pin: readPin() });
    });
    return await withTimeout(called, callTimeoutMs);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error';
    throw new CodedError('hsm-not-available', `the root keys cannot be reached: ${reason}`, { cause: error });
  } finally {
    awaited = false;
    // Behind whatever hangs: only when it is answered nothing of this thread is in the library.
    await withTimeout(thread.call('close', { finalize: false }), callTimeoutMs);
    const leaving = leaveModule(modulePath, () => thread.call('close', { finalize: true }));
    await withTimeout(leaving, callTimeoutMs);
    await thread.close();
  }
}
