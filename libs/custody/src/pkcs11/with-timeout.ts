import { CodedError } from '@cinnabar/core';

/** The call itself cannot be stopped: it ends when the library returns. Only nobody waits for it any longer. */
export function withTimeout<T>(call: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => {
    reject(hsmDoesNotAnswer());
  }, timeoutMs);
  call.then(
    (result) => {
      clearTimeout(timer);
      resolve(result);
    },
    (error: unknown) => {
      clearTimeout(timer);
      reject(error);
    },
  );
  return promise;
}

export function hsmDoesNotAnswer(): CodedError {
  return new CodedError('hsm-not-available', 'the HSM does not answer');
}
