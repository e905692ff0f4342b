import { CodedError } from '@cinnabar/core';
import { enterModule, leaveModule } from './module-users.ts';
import { resolvePkcs11Settings, type Pkcs11Settings } from './pkcs11-settings.ts';
import { TokenThread } from './token-thread.ts';
import { withTimeout } from './with-timeout.ts';

type TokenSettings = Pick<Pkcs11Settings, 'modulePath' | 'tokenLabel' | 'readPin' | 'callTimeoutMs'>;

/**
 * First start: creates the KEK and the HMAC key on a token that has none; does nothing on one that has them.
 * PKCS#11 knows no uniqueness: callers on several nodes take turns (a database lock).
 * @returns labels of the keys created
 * @throws CodedError `hsm-not-available` with the reason, for the operator
 */
export function initialiseToken(settings: TokenSettings): Promise<readonly string[]> {
  return createRootKeys(settings, 'missing');
}

/** One more KEK; nodes that start afterwards wrap new keys under it, and old blobs keep theirs. */
export function createNextKeyEncryptionKey(settings: TokenSettings): Promise<readonly string[]> {
  return createRootKeys(settings, 'next-kek');
}

async function createRootKeys(settings: TokenSettings, what: 'missing' | 'next-kek'): Promise<readonly string[]> {
  const { modulePath, tokenLabel, readPin, callTimeoutMs } = resolvePkcs11Settings(settings);
  const thread = new TokenThread();
  enterModule(modulePath);
  try {
    const created = thread.call('createRootKeys', { modulePath, tokenLabel, pin: readPin(), what });
    return await withTimeout(created, callTimeoutMs);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown error';
    throw new CodedError('hsm-not-available', `the token cannot be initialised: ${reason}`, { cause: error });
  } finally {
    const finalize = leaveModule(modulePath);
    await withTimeout(thread.call('close', { finalize }), callTimeoutMs);
    await thread.close();
  }
}
