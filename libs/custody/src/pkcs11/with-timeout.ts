import { CodedError } from '@cinnabar/core';

/** The call itself cannot be stopped: it ends when the library returns. Only nobody waits for it any longer. */
export async function withTimeout<T>(call: Promise<T>, timeoutMs: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new CodedError('hsm-not-available', 'the HSM does not answer'));
  }, timeoutMs);
  try {
    return await Promise.race([call, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
